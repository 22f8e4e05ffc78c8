package zoom_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

func recordingFile(ctx context.Context, c *zoom.Client) (*zoom.File, error) {
	return c.PhoneDownloadRecordingFile(ctx, zoom.PhoneDownloadRecordingFileParams{FileID: "f"})
}

// notPublic are hosts that no redirect may lead to, by their looks.
var notPublic = []string{
	"10.0.0.1", "172.16.5.5", "192.168.1.1:8443", "169.254.169.254", "100.64.0.1", "100.100.100.200", "0.0.0.0", "0.1.2.3", "224.0.0.1", "240.0.0.1",
	"255.255.255.255", "192.0.0.8", "[::]", "[fe80::1]", "[fe80::1%25eth0]", "[fd00::1]", "[ff02::1]", "[fec0::1]", "[::ffff:10.0.0.1]", "[::10.0.0.1]",
	"[64:ff9b::a00:1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[2002:a00:1::1]", "[2002:7f00:1::]", "[2001::1]",
	"2130706433", "0x7f000001", "127.1", "0177.0.0.1", "10.0.0.0x1", "intranet", "printer.local", "vault.internal", "router.home.arpa", "x.localhost", "localhost.",
	"169。254。169。254", "10．0．0．1", "①⓪.0.0.1", "vault.ｉnternal", "١٠.٠.٠.١", "१२७.example.com",
}

// loopback are hosts that only a loopback base may send to.
var loopback = []string{"127.0.0.1", "１２７.０.０.１", "ｌocalhost", "127.8.9.10:9000", "[::1]", "localhost", "[::ffff:127.0.0.1]"}

func TestRedirectsLeadToPublicHostsOnly(t *testing.T) {
	for _, base := range []string{"https://api.zoom.us/v2", "http://127.0.0.1:1/v2", "https://10.1.2.3/v2"} {
		for i, host := range append(append([]string{}, notPublic...), loopback...) {
			if i >= len(notPublic) && strings.Contains(base, "127.") {
				continue // its own kind
			}
			c := connect(t, zoom.Options{APIURL: base}, func(r *http.Request) (*http.Response, error) {
				if strings.Contains(base, r.URL.Host) {
					return reply(r, 302, "", "Location: https://"+host+"/file")
				}
				t.Errorf("asked %s", r.URL)
				return reply(r, 200, "ID3")
			})
			_, err := recordingFile(t.Context(), c)
			if e := wantFault(t, err, apierror.Network, "redirect to"); e.Attempts != 1 || e.Hint == "" {
				t.Errorf("%s to %s: %+v", base, host, e)
			}
		}
	}
}

func TestRedirectsThatAreFollowed(t *testing.T) {
	for _, c := range []struct{ base, to string }{
		{"https://api.zoom.us/v2", "https://file.zoom.us/x"},
		{"https://api.zoom.us/v2", "https://bucket.s3.amazonaws.com:8443/x"},
		{"https://api.zoom.us/v2", "https://198.51.100.7/x"},
		{"https://api.zoom.us/v2", "https://[2600:9000::1]/x"},
		{"https://10.1.2.3/v2", "https://10.1.2.3/files/x"}, // the configured host itself
		{"http://127.0.0.1:1/v2", "http://127.0.0.1:2/x"},
		{"http://127.0.0.1:1/v2", "http://localhost:2/x"},
		{"http://127.0.0.1:1/v2", "https://[::1]/x"},
	} {
		client := connect(t, zoom.Options{APIURL: c.base}, func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/recording/download/f") {
				return reply(r, 302, "", "Location: "+c.to)
			}
			if r.Header.Get("Authorization") != "" || r.Header.Get("Referer") != "" {
				t.Errorf("%s was told %v", r.URL, r.Header)
			}
			return reply(r, 200, "ID3")
		})
		f, err := recordingFile(t.Context(), client)
		if err != nil {
			t.Errorf("%s to %s: %v", c.base, c.to, err)
			continue
		}
		f.Body.Close()
	}
	// Never over plain http, except among loopback addresses.
	for _, c := range []struct{ base, to string }{
		{"https://api.zoom.us/v2", "http://file.zoom.us/x"}, {"http://127.0.0.1:1/v2", "http://file.zoom.us/x"}, {"https://127.0.0.1:1/v2", "http://127.0.0.1:2/x"},
	} {
		client := connect(t, zoom.Options{APIURL: c.base}, func(r *http.Request) (*http.Response, error) {
			return reply(r, 302, "", "Location: "+c.to)
		})
		_, err := recordingFile(t.Context(), client)
		wantFault(t, err, apierror.Network, "not https")
	}
}

func TestFiveRedirectsAndNoMore(t *testing.T) {
	for hops, ok := range map[int]bool{5: true, 6: false} {
		asked := 0
		c := connect(t, zoom.Options{}, func(r *http.Request) (*http.Response, error) {
			asked++
			if asked <= hops {
				return reply(r, 302, "", fmt.Sprintf("Location: https://file%d.zoom.us/x", asked))
			}
			return reply(r, 200, "ID3")
		})
		f, err := recordingFile(t.Context(), c)
		if ok && err == nil {
			f.Body.Close()
			continue
		}
		if ok {
			t.Fatal(err)
		}
		wantFault(t, err, apierror.Network, "more than 5 redirects")
		if asked != 6 {
			t.Errorf("asked %d times", asked)
		}
	}
}

// resolve puts a resolver of the test's own in the place of the system's.
func resolve(t *testing.T, answer func(name string) netip.Addr) {
	t.Helper()
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go serveDNS(server, answer)
		return client, nil
	}}
}

// serveDNS answers questions as DNS does over TCP: each message has its length in front.
func serveDNS(c net.Conn, answer func(name string) netip.Addr) {
	defer c.Close()
	for {
		var length [2]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return
		}
		q := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(c, q); err != nil {
			return
		}
		var labels []string
		at := 12
		for q[at] != 0 {
			labels = append(labels, string(q[at+1:at+1+int(q[at])]))
			at += 1 + int(q[at])
		}
		question := q[12 : at+5]
		ip := answer(strings.Join(labels, "."))
		kind := binary.BigEndian.Uint16(question[len(question)-4:])
		has := ip.IsValid() && (kind == 1 && ip.Is4() || kind == 28 && ip.Is6())
		a := append([]byte{}, q[0], q[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0)
		a = append(a, question...)
		if has {
			a[7] = 1
			a = append(a, 0xc0, 12)
			a = binary.BigEndian.AppendUint16(a, kind)
			a = append(a, 0, 1, 0, 0, 0, 0)
			a = binary.BigEndian.AppendUint16(a, uint16(ip.BitLen()/8))
			a = append(a, ip.AsSlice()...)
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(a))), a...)); err != nil {
			return
		}
	}
}
