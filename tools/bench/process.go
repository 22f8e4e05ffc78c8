package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

// process is a program under way: the upstream, or a server that is measured.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	stderr string // a file: a pipe would cost the benchmark a read for every line
}

// run starts a program. It ends when its standard input does.
func (b *bench) run(env []string, name string, args ...string) (*process, error) {
	log, err := os.CreateTemp(b.dir, filepath.Base(name)+"-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{cmd: exec.Command(name, args...), stderr: log.Name()}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = log
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.stdout, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, nil
}

// stop ends a program, and is satisfied however it ends.
func (p *process) stop() {
	_ = p.stdin.Close()
	timer := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.cmd.Process.Signal(os.Interrupt)
	_ = p.cmd.Wait()
}

// said returns the end of what a program wrote to standard error, for errors.
func (p *process) said() string {
	text, err := os.ReadFile(p.stderr)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-500):])
}

// resident is the memory of a program that is in RAM, and its peak, in bytes.
// Both are 0 where the system does not tell.
func (p *process) resident() (now, peak int64) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kB, _ := strconv.ParseInt(fields[1], 10, 64)
		switch fields[0] {
		case "VmRSS:":
			now = kB << 10
		case "VmHWM:":
			peak = kB << 10
		}
	}
	return now, peak
}

// cpu is the processor time that a program has taken; 0 where the system does not
// tell.
func (p *process) cpu() (sum time.Duration) {
	files, _ := filepath.Glob("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/task/*/schedstat")
	for _, f := range files {
		text, _ := os.ReadFile(f) // of a thread that may have ended
		if fields := strings.Fields(string(text)); len(fields) > 0 {
			ns, _ := strconv.ParseInt(fields[0], 10, 64)
			sum += time.Duration(ns)
		}
	}
	return sum
}

// startUpstream starts the upstream and waits for its address.
func (b *bench) startUpstream() error {
	args := []string{"upstream"}
	for i, p := range pages {
		file := filepath.Join(b.dir, "page-"+strconv.Itoa(i))
		if err := os.WriteFile(file, b.bodies[p], 0o600); err != nil {
			return err
		}
		args = append(args, file)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if b.upstream, err = b.run(nil, self, args...); err != nil {
		return err
	}
	line, err := bufio.NewReader(b.upstream.stdout).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the upstream does not start: %w: %s", err, b.upstream.said())
	}
	b.url = strings.TrimSpace(line)
	return nil
}

// environment is what the program under test needs to know.
func (b *bench) environment() []string {
	return []string{
		"ZOOM_API_URL=" + b.url + "/v2", "ZOOM_OAUTH_URL=" + b.url + "/oauth", "ZOOM_ACCOUNT_ID=a", "ZOOM_CLIENT_ID=c", "ZOOM_CLIENT_SECRET=s",
		"UPSTREAM=" + b.url,
	}
}

// accessToken logs in at the simulated account.
func accessToken(oauthURL string) (string, error) {
	form := url.Values{"grant_type": {"account_credentials"}, "account_id": {simulator.AccountID}}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, oauthURL+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.SetBasicAuth(simulator.ClientID, simulator.ClientSecret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var t struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&t); err != nil {
		return "", err
	}
	if t.Token == "" {
		return "", errors.New("the simulated account gave no token: " + resp.Status)
	}
	return t.Token, nil
}
