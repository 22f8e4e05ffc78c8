package simulator

import (
	"net"
	"net/http"
	"strconv"
)

var connectionFaults = []faultKind{
	{name: "slow", group: "Connections", act: slow, about: "the true answer after `delay` (default 5s)"},
	{name: "hang", group: "Connections", act: hang, about: "no answer for a day; the caller has to give up"},
	{name: "reset", group: "Connections", act: reset, about: "the connection is reset (TCP RST) after `bytes` of the body (default: before any answer)"},
	{name: "hangup", group: "Connections", act: hangup, about: "the connection is closed without an answer"},
	{name: "not_http", group: "Connections", act: notHTTP, about: "the answer is not HTTP"},
}

// slow waits here only where the fault itself has not named a delay.
func slow(s *Simulator, w *statusWriter, r *http.Request, v *visit, f *Fault) {
	if f.Delay == 0 {
		if s.opts.Sleep(r.Context(), slowTime) != nil {
			return
		}
		v.now = s.now()
	}
	s.answer(w, r)
}

func hang(s *Simulator, w *statusWriter, r *http.Request, _ *visit, _ *Fault) {
	if s.opts.Sleep(r.Context(), hangTime) == nil {
		s.answer(w, r)
	}
}

// takeConnection takes the connection from the server; without one to take, as
// in HTTP/2, the server is told to break it.
func takeConnection(w *statusWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}

func reset(s *Simulator, w *statusWriter, r *http.Request, _ *visit, f *Fault) {
	if f.Bytes > 0 {
		c := s.capture(w, r)
		w.Header().Set("Content-Length", strconv.Itoa(c.body.Len()))
		w.WriteHeader(c.status)
		_, _ = w.Write(c.body.Next(int(f.Bytes)))
		_ = http.NewResponseController(w).Flush() // what cannot be flushed is lost anyway
	}
	conn := takeConnection(w)
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // Close then sends RST
	}
	_ = conn.Close()
}

func hangup(_ *Simulator, w *statusWriter, _ *http.Request, _ *visit, _ *Fault) {
	_ = takeConnection(w).Close()
}

func notHTTP(_ *Simulator, w *statusWriter, _ *http.Request, _ *visit, _ *Fault) {
	conn := takeConnection(w)
	_, _ = conn.Write([]byte("SSH-2.0-OpenSSH_9.6\r\n"))
	_ = conn.Close()
}
