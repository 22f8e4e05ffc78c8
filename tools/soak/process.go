package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"zoom-phone-mcp/tools/load"
)

// start starts the account and both servers.
func (s *soak) start() (err error) {
	var env []string
	if s.account, env, s.faultURL, err = load.Account(s.dir, s.program); err != nil {
		return err
	}
	env = append(env, "ZOOM_DOWNLOAD_DIR="+filepath.Join(s.dir, "files"))
	flags := []string{"--zoom-plan", "none", "--timeout", "8s", "--log-level", "error", "--download-quota", "67108864", "--max-response-bytes", "4000000"}
	if s.stdio, err = load.Start(s.dir, env, s.program, append([]string{"stdio"}, flags...)...); err != nil {
		return err
	}
	s.line = newStream(s.stdio.Stdin)
	go s.line.readLines(s.stdio.Stdout)
	if err := s.line.open(); err != nil {
		return fmt.Errorf("stdio: %w: %s", err, s.stdio.Said())
	}
	addr, err := load.FreeAddress()
	if err != nil {
		return err
	}
	s.webURL = "http://" + addr
	s.web, err = load.Start(s.dir, env, s.program, append([]string{"serve", "--addr", addr, "--session-idle", "15s"}, flags...)...)
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
	return fmt.Errorf("serve does not start: %s", s.web.Said())
}

func (s *soak) stop() {
	s.stdio.Stop()
	s.web.Stop()
	s.account.Stop()
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
