package httpserver

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/rs/zerolog"
)

// Keys are the API keys. They can be loaded anew while they are in use. The file
// has their hashes only: a key has enough randomness that its hash tells nothing.
type Keys struct {
	path   string // empty without a file
	single *key   // nil without
	limits func(allow, deny []string) error
	log    zerolog.Logger
	list   atomic.Pointer[[]*key]
}

// key is one API key.
type key struct {
	name        string
	sum         [sha256.Size]byte
	allow, deny []string
	gone        chan struct{} // closed when the key is withdrawn or changed
}

func (k *key) same(o *key) bool {
	return k.name == o.name && k.sum == o.sum && slices.Equal(k.allow, o.allow) && slices.Equal(k.deny, o.deny)
}

// KeyOptions say where keys come from.
type KeyOptions struct {
	// Single is one key without limits, empty for none.
	Single string
	// File has keys, a line each: name, SHA-256 in hex, and limits. Empty for none.
	File string
	// Limits checks the limits of a key; nil accepts all.
	Limits func(allow, deny []string) error
	Log    zerolog.Logger
}

// SingleKey is the name of the key that comes without one.
const SingleKey = "default"

// shortKey is the length from which a key is not worth a warning, in bytes.
const shortKey = 24

// LoadKeys reads the keys.
func LoadKeys(o KeyOptions) (*Keys, error) {
	k := &Keys{path: o.File, limits: o.Limits, log: o.Log}
	if o.Single != "" {
		if len(o.Single) < shortKey {
			k.log.Warn().Msg("the API key is short and could be guessed; zoom-phone-mcp keys add makes good ones")
		}
		k.single = &key{name: SingleKey, sum: sha256.Sum256([]byte(o.Single))}
	}
	k.list.Store(&[]*key{})
	return k, k.load()
}

// Reload reads the file anew. When it is wrong, the keys stay as they are. The
// streams of callers whose key is withdrawn end.
func (k *Keys) Reload() {
	if err := k.load(); err != nil {
		k.log.Error().Err(err).Msg("the file of API keys is wrong; the keys stay as they were")
	}
}

func (k *Keys) load() error {
	var list []*key
	if k.path != "" {
		f, err := os.Open(k.path)
		if err != nil {
			return fmt.Errorf("API keys: %w", err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err == nil && info.Mode().IsRegular() && others(info)&0o022 != 0 {
			err = fmt.Errorf("others can write it, and so make keys (mode %04o): chmod 600 it", info.Mode().Perm())
		}
		if err != nil {
			return fmt.Errorf("API keys: %s: %w", k.path, err)
		}
		if list, err = parseKeys(f, k.limits); err != nil {
			return fmt.Errorf("API keys: %s: %w", k.path, err)
		}
	}
	if k.single != nil {
		if slices.ContainsFunc(list, func(o *key) bool { return o.name == k.single.name }) {
			return fmt.Errorf("API keys: %s: the name %s is that of ZOOM_PHONE_MCP_API_KEY", k.path, SingleKey)
		}
		list = append(list, k.single)
	}
	old := *k.list.Load()
	for i, n := range list {
		if at := slices.IndexFunc(old, n.same); at >= 0 {
			list[i] = old[at]
		}
	}
	k.list.Store(&list)
	for _, o := range old {
		if !slices.Contains(list, o) {
			close(o.gone)
		}
	}
	k.log.Info().Int("keys", len(list)).Msg("API keys loaded")
	return nil
}

// others are the permissions of everybody but the owner. On Windows files have the rights
// of their folder.
func others(info fs.FileInfo) fs.FileMode {
	if runtime.GOOS == "windows" {
		return 0
	}
	return info.Mode().Perm() & 0o077
}

// find returns the key that a caller presented, nil for none. It takes as long for
// a wrong key as for the right one.
func (k *Keys) find(token string) *key {
	sum := sha256.Sum256([]byte(token))
	var found *key
	for _, k := range *k.list.Load() {
		if subtle.ConstantTimeCompare(k.sum[:], sum[:]) == 1 {
			found = k
		}
	}
	return found
}
