// Package load is what the tools share that put zoom-phone-mcp under load: its
// processes and what they occupy, the simulated account, and sessions over HTTP.
package load

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Process is a program under way.
type Process struct {
	Stdin  io.WriteCloser
	Stdout io.ReadCloser

	cmd *exec.Cmd
	log string // a file with its standard error: a pipe would cost a read for every line
}

// Start starts a program, whose log it keeps in dir.
func Start(dir string, env []string, program string, args ...string) (*Process, error) {
	log, err := os.CreateTemp(dir, filepath.Base(program)+"-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &Process{cmd: exec.Command(program, args...), log: log.Name()}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = log
	if p.Stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.Stdout, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return p, p.cmd.Start()
}

// Stop ends a program, and is satisfied however it ends.
func (p *Process) Stop() {
	if p == nil || p.cmd.Process == nil {
		return
	}
	_ = p.Stdin.Close()
	_ = p.cmd.Process.Signal(os.Interrupt)
	timer := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.cmd.Wait()
}

// Said returns the end of what a program wrote to standard error.
func (p *Process) Said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

// Usage is what a process occupies; zero where the system does not tell.
type Usage struct {
	Memory, Peak   int64 // bytes in RAM
	Threads, Files int
	CPU            time.Duration // taken so far
}

// Usage reads what the system knows of a process.
func (p *Process) Usage() (u Usage) {
	dir := "/proc/" + strconv.Itoa(p.cmd.Process.Pid)
	text, _ := os.ReadFile(dir + "/status")
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		n, _ := strconv.ParseInt(fields[1], 10, 64)
		switch fields[0] {
		case "VmRSS:":
			u.Memory = n << 10
		case "VmHWM:":
			u.Peak = n << 10
		case "Threads:":
			u.Threads = int(n)
		}
	}
	open, _ := os.ReadDir(dir + "/fd")
	u.Files = len(open)
	threads, _ := filepath.Glob(dir + "/task/*/schedstat")
	for _, f := range threads {
		text, _ := os.ReadFile(f) // of a thread that may have ended
		if fields := strings.Fields(string(text)); len(fields) > 0 {
			ns, _ := strconv.ParseInt(fields[0], 10, 64)
			u.CPU += time.Duration(ns)
		}
	}
	return u
}

// Account starts the simulated account of a program. It returns the environment in
// which other programs call it, and the address that takes faults.
func Account(dir, program string) (p *Process, env []string, faults string, err error) {
	if p, err = Start(dir, nil, program, "simulate", "--addr", "127.0.0.1:0"); err != nil {
		return nil, nil, "", err
	}
	for lines := bufio.NewScanner(p.Stdout); lines.Scan(); {
		if given, ok := strings.CutPrefix(lines.Text(), "export "); ok {
			env = append(env, strings.Fields(given)...)
		}
		if at := strings.Index(lines.Text(), "http://"); at >= 0 && strings.Contains(lines.Text(), "/_faults") {
			return p, env, strings.TrimSuffix(strings.Fields(lines.Text()[at:])[0], ","), nil
		}
	}
	defer p.Stop()
	return nil, nil, "", errors.New("the simulated account does not start: " + p.Said())
}

// FreeAddress returns an address of this machine on which nobody listens.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Machine says on what a run ran.
type Machine struct {
	CPU    string
	Cores  int
	RAM    int64 // bytes, 0 for unknown
	OS, Go string
}

// ThisMachine returns what is known of this one.
func ThisMachine() Machine {
	m := Machine{CPU: runtime.GOARCH, Cores: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	cpu, _ := os.ReadFile("/proc/cpuinfo") // elsewhere the architecture has to do
	for line := range strings.Lines(string(cpu)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			m.CPU = strings.TrimSpace(strings.TrimLeft(name, "\t :"))
			break
		}
	}
	ram, _ := os.ReadFile("/proc/meminfo")
	var kB int64
	if _, err := fmt.Sscanf(string(ram), "MemTotal: %d kB", &kB); err == nil {
		m.RAM = kB << 10
	}
	return m
}

func (m Machine) String() string {
	s := fmt.Sprintf("%s, %d cores", m.CPU, m.Cores)
	if m.RAM > 0 {
		s += fmt.Sprintf(", %d GB", (m.RAM+1<<29)>>30)
	}
	return s + ", " + m.OS + ", " + m.Go
}
