//go:build unix

package download_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/download"
	"zoom-phone-mcp/internal/zoom"
)

// maxResident is what a process that downloads may have in memory, in bytes.
const maxResident = 40 << 20

// leastRatio is the throughput of a download to that of a bare copy, at least.
const leastRatio = 0.8

// measured is what a child that downloads found out.
type measured struct {
	Resident   int64     // the most, in bytes
	Copy, Save []float64 // megabytes a second, by round
}

// TestMemoryStaysFlat takes a large recording through the client and the store in
// a process of its own. With DOWNLOAD_GIGABYTE set it is one of 1 GB, and the
// throughput is compared with that of a bare copy in the same run.
func TestMemoryStaysFlat(t *testing.T) {
	size, rounds := int64(96<<20), 1
	if os.Getenv("DOWNLOAD_GIGABYTE") != "" {
		size, rounds = 1_000_000_000, 5
	}
	head, noise := wav(int(size) % mega)[:44], wav(mega)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "audio/wav")
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		_, _ = w.Write(head) // the client sees what came
		for left := size - int64(len(head)); left > 0; {
			n, err := w.Write(noise[:min(left, mega)])
			if err != nil {
				return
			}
			left -= int64(n)
		}
	}))
	defer s.Close()
	out := child(t, "large file", "URL="+s.URL, "DIR="+t.TempDir(), "SIZE="+strconv.FormatInt(size, 10), "ROUNDS="+strconv.Itoa(rounds))
	var m measured
	if err := json.Unmarshal([]byte(out), &m); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	slices.Sort(m.Copy)
	slices.Sort(m.Save)
	copied, saved := m.Copy[rounds/2], m.Save[rounds/2]
	t.Logf("%d MB, %d rounds: %.1f MB resident; %.0f MB/s, a bare copy %.0f MB/s, ratio %.2f (copies %.0f, downloads %.0f)",
		size/1_000_000, rounds, float64(m.Resident)/1e6, saved, copied, saved/copied, m.Copy, m.Save)
	limit := int64(maxResident)
	if underRace {
		limit *= 4
	}
	if m.Resident > limit {
		t.Errorf("%d bytes resident", m.Resident)
	}
	if rounds > 1 && saved < leastRatio*copied {
		t.Errorf("%.0f MB/s, a bare copy %.0f", saved, copied)
	}
}

const mega = 1 << 20

// largeFile downloads and copies in turn, and prints what it measured.
func largeFile() {
	ctx, dir := context.Background(), os.Getenv("DIR")
	size, err := strconv.ParseInt(os.Getenv("SIZE"), 10, 64)
	check(err)
	rounds, err := strconv.Atoi(os.Getenv("ROUNDS"))
	check(err)
	c, err := zoom.New(zoom.Options{APIURL: os.Getenv("URL"), Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"})})
	check(err)
	s := download.NewStore(download.StoreOptions{Dir: filepath.Join(dir, "store")})
	var m measured
	for range rounds {
		start := time.Now()
		f, err := c.PhoneDownloadRecordingFile(ctx, zoom.PhoneDownloadRecordingFileParams{FileID: "f"})
		check(err)
		kept, err := s.Save(ctx, &download.Source{Body: f.Body, Name: f.Name, MediaType: f.MediaType, Size: f.Size}, download.Options{Want: download.Sound})
		check(err)
		m.Save = append(m.Save, float64(size)/1e6/time.Since(start).Seconds())
		if kept.Bytes != size {
			check(fmt.Errorf("%d bytes came", kept.Bytes))
		}
		check(os.RemoveAll(filepath.Dir(kept.Path)))
		start = time.Now()
		check(bareCopy(filepath.Join(dir, "copy"), size))
		m.Copy = append(m.Copy, float64(size)/1e6/time.Since(start).Seconds())
		check(os.Remove(filepath.Join(dir, "copy")))
	}
	m.Resident, err = resident()
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(m))
}

func bareCopy(path string, size int64) error {
	resp, err := http.Get(os.Getenv("URL"))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, resp.Body)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// resident returns the most memory that this process had. What the system counts
// for a process can hold that of its parent; Linux tells better.
func resident() (int64, error) {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		_, rest, _ := strings.Cut(string(status), "VmHWM:")
		if fields := strings.Fields(rest); len(fields) > 0 {
			kb, err := strconv.ParseInt(fields[0], 10, 64)
			return kb << 10, err
		}
	}
	var usage syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Maxrss, err
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
