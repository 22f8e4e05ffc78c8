package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program under way.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	log    string // the file with its standard error
}

func (s *soak) spawn(name string, env []string, args ...string) (*process, error) {
	log, err := os.Create(filepath.Join(s.dir, name+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{cmd: exec.Command(s.program, args...), log: log.Name()}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = log
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.stdout, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return p, p.cmd.Start()
}

func (p *process) end() {
	if p == nil {
		return
	}
	_ = p.stdin.Close()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.cmd.Wait()
}

func (p *process) said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// start starts the account and both servers.
func (s *soak) start() (err error) {
	if s.account, err = s.spawn("account", nil, "simulate", "--addr", "127.0.0.1:0"); err != nil {
		return err
	}
	var env []string
	lines := bufio.NewScanner(s.account.stdout)
	for s.faultURL == "" && lines.Scan() {
		if given, ok := strings.CutPrefix(lines.Text(), "export "); ok {
			env = append(env, strings.Fields(given)...)
		}
		if at := strings.Index(lines.Text(), "http://"); at >= 0 && strings.Contains(lines.Text(), "/_faults") {
			s.faultURL = strings.TrimSuffix(strings.Fields(lines.Text()[at:])[0], ",")
		}
	}
	if s.faultURL == "" {
		return fmt.Errorf("the simulated account does not start: %s", s.account.said())
	}
	env = append(env, "ZOOM_DOWNLOAD_DIR="+filepath.Join(s.dir, "files"))
	flags := []string{"--zoom-plan", "none", "--timeout", "8s", "--log-level", "error", "--download-quota", "67108864", "--max-response-bytes", "4000000"}
	if s.stdio, err = s.spawn("stdio", env, append([]string{"stdio"}, flags...)...); err != nil {
		return err
	}
	s.line = newStream(s.stdio.stdin)
	go s.line.readLines(s.stdio.stdout)
	if err := s.line.open(); err != nil {
		return fmt.Errorf("stdio: %w: %s", err, s.stdio.said())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := l.Addr().String()
	l.Close()
	s.webURL = "http://" + addr
	s.web, err = s.spawn("serve", env, append([]string{"serve", "--addr", addr, "--session-idle", "15s"}, flags...)...)
	if err != nil {
		return err
	}
	for range 200 {
		if resp, err := http.Get(s.webURL + "/readyz"); err == nil {
			resp.Body.Close()
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("serve does not start: %s", s.web.said())
}

func (s *soak) stop() {
	s.stdio.end()
	s.web.end()
	s.account.end()
}

// inject gives the account a script of faults.
func (s *soak) inject(script any) error {
	body, err := json.Marshal(script)
	if err != nil {
		return err
	}
	resp, err := http.Post(s.faultURL, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return fmt.Errorf("%s: %s", resp.Status, text)
	}
	return nil
}

func (s *soak) forgetFaults() {
	r, _ := http.NewRequest(http.MethodDelete, s.faultURL, nil) // the address is good
	if resp, err := http.DefaultClient.Do(r); err == nil {
		resp.Body.Close()
	}
	s.faults.end()
}

// procfs reads what the system knows of a process: memory in bytes, threads and
// descriptors; zero where it does not tell.
func (p *process) procfs() (memory, threads, files int) {
	dir := "/proc/" + strconv.Itoa(p.cmd.Process.Pid)
	text, _ := os.ReadFile(dir + "/status")
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		n, _ := strconv.Atoi(fields[1])
		switch fields[0] {
		case "VmRSS:":
			memory = n << 10
		case "Threads:":
			threads = n
		}
	}
	open, _ := os.ReadDir(dir + "/fd")
	return memory, threads, len(open)
}
