package auth

import (
	"context"
	"fmt"
	"html"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// listen waits for the browser at the redirect URL. It takes one answer, the first of
// this login: any page can send the browser here with an answer of its own.
func (a *authorization) listen(ctx context.Context, browser func(string) error) (string, error) {
	redirect, err := url.Parse(a.conf.RedirectURL)
	if err != nil || redirect.Scheme != "http" || redirect.Port() == "" || !loopback(redirect.Hostname()) {
		return "", apierror.New(apierror.InvalidParams, "no listener is possible at the redirect URL %s: use --no-browser with it", a.conf.RedirectURL)
	}
	host := redirect.Hostname()
	if host == "localhost" {
		host = "127.0.0.1"
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, redirect.Port()))
	if err != nil {
		return "", &apierror.Error{
			Kind: apierror.Auth, Err: err, Message: "nothing can listen for the browser: " + err.Error(),
			Hint: "Give another port with --port, which must be in the app's redirect URL, or use --no-browser.",
		}
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String()) // port 0 has become a number
	redirect.Host = net.JoinHostPort(redirect.Hostname(), port)
	a.conf.RedirectURL = redirect.String()

	type result struct {
		code string
		err  error
	}
	answer := make(chan result, 1)
	var once, foreign sync.Once
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10,
		ErrorLog: log.New(io.Discard, "", 0), // what it complains of can hold the code
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "close")
			if r.Method != http.MethodGet || r.URL.Path != redirect.Path {
				http.NotFound(w, r) // the icon that browsers ask for
				return
			}
			if !a.mine(r.URL.Query()) {
				page(w, errAnotherLogin)
				foreign.Do(func() {
					fmt.Fprintln(a.out, "An answer came that belongs to another login (its state is wrong). Still waiting.")
				})
				return
			}
			first := false
			once.Do(func() {
				first = true
				code, err := a.code(r.URL.Query())
				page(w, err)
				answer <- result{code, err}
			})
			if !first {
				http.Error(w, "The answer is already here.", http.StatusGone)
			}
		}),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // it ends with Shutdown or Close below
	}()
	defer func() {
		// The page is on its way; it may take a moment.
		shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if server.Shutdown(shutdown) != nil {
			_ = server.Close()
		}
		<-served
	}()

	fmt.Fprintf(a.out, "The browser opens to log in to Zoom. If it does not, open this address in a browser on this machine:\n\n%s\n\n", a.address())
	if err := browser(a.address()); err != nil {
		fmt.Fprintf(a.out, "The browser does not open (%v).\n", err)
	}
	select {
	case <-ctx.Done():
		return "", ended(ctx)
	case r := <-answer:
		return r.code, r.err
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// page is what the browser shows at the end. It loads nothing and leaves no
// trace of the code.
func page(w http.ResponseWriter, err error) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	text := "Zoom has answered. You can close this window; the terminal says how it went on."
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		text = apierror.From(err).Message
	}
	fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><title>zoom-phone-mcp</title><p>%s</p></html>\n", html.EscapeString(text))
}
