package httpserver

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// checkEvery is how often the files of a certificate are looked at, at most.
const checkEvery = time.Second

// Certificate is the server's certificate, read anew when its files change.
type Certificate struct {
	certFile, keyFile string
	log               zerolog.Logger
	now               func() time.Time

	mu      sync.Mutex
	pair    *tls.Certificate
	changed [2]time.Time // of the files that pair was read from, or failed to
	checked time.Time
}

// LoadCertificate reads a certificate and its key, PEM. now is the clock,
// time.Now if nil.
func LoadCertificate(certFile, keyFile string, log zerolog.Logger, now func() time.Time) (*Certificate, error) {
	if now == nil {
		now = time.Now
	}
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log, now: now}
	c.checked, c.changed = now(), c.modified()
	if info, err := os.Stat(keyFile); err == nil && others(info)&0o026 != 0 { // a group may read it, as that of certificates does
		log.Warn().Str("mode", fmt.Sprintf("%04o", info.Mode().Perm())).Msg("others can read or write the key of the TLS certificate; chmod 600 it")
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("TLS certificate: %w", err)
	}
	c.pair = &pair
	return c, nil
}

// Reload reads the files anew. When they are wrong, the certificate stays as it is.
func (c *Certificate) Reload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked, c.changed = c.now(), c.modified()
	c.load()
}

// load reads the files. Tools write one after the other, so that they may not
// fit for a moment: the next change is tried again.
func (c *Certificate) load() {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.Error().Err(err).Msg("the TLS certificate is wrong; the old one stays in use")
		return
	}
	c.pair = &pair
	c.log.Info().Msg("TLS certificate loaded")
}

func (c *Certificate) modified() (t [2]time.Time) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			t[i] = info.ModTime()
		}
	}
	return t
}

// get is tls.Config.GetCertificate.
func (c *Certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.checked) >= checkEvery {
		c.checked = now
		if m := c.modified(); m != c.changed {
			c.changed = m
			c.load()
		}
	}
	return c.pair, nil
}
