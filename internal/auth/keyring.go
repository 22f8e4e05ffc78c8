package auth

import (
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/zalando/go-keyring"

	"zoom-phone-mcp/internal/apierror"
)

// Keyring is the system's store of secrets.
type Keyring interface {
	// Get returns ErrNotInKeyring where there is no such secret.
	Get(service, user string) (string, error)
	Set(service, user, secret string) error
	Delete(service, user string) error
}

// ErrNotInKeyring means that a keyring has no such secret.
var ErrNotInKeyring = keyring.ErrNotFound

// ringService names this program in the keyring; the user is the login's folder.
const ringService = "zoom-phone-mcp"

// ringMost is the longest secret that every system's keyring takes, in bytes.
const ringMost = 2500

// ringWait bounds one access. A locked keyring asks the user for a password,
// and where nobody sees the question it would wait for ever.
const ringWait = 30 * time.Second

// SystemKeyring is the keyring of the desktop: Keychain, Credential Manager, or
// the Secret Service on the session's D-Bus.
func SystemKeyring(getenv func(string) string) Keyring {
	return BoundedKeyring(systemKeyring{getenv}, ringWait)
}

type systemKeyring struct{ getenv func(string) string }

var errNoKeyring = errors.New("there is no desktop session with a keyring")

func (k systemKeyring) Get(service, user string) (string, error) {
	if !k.there() {
		return "", errNoKeyring
	}
	return keyring.Get(service, user)
}

func (k systemKeyring) Set(service, user, secret string) error {
	if !k.there() {
		return errNoKeyring
	}
	return keyring.Set(service, user, secret)
}

func (k systemKeyring) Delete(service, user string) error {
	if !k.there() {
		return errNoKeyring
	}
	return keyring.Delete(service, user)
}

// there reports whether asking makes sense. Without a session bus the D-Bus
// library would start one of its own, with nothing on it.
func (k systemKeyring) there() bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return true
	}
	if bus := k.getenv("DBUS_SESSION_BUS_ADDRESS"); bus != "" {
		return !strings.HasPrefix(bus, "autolaunch:")
	}
	run := k.getenv("XDG_RUNTIME_DIR")
	if run == "" {
		return false
	}
	_, err := os.Stat(run + "/bus")
	return err == nil
}

// BoundedKeyring is a keyring that answers in time, if only with an error. An
// access that does not come back is left behind; whoever asks holds the login's
// lock, so there are not many.
func BoundedKeyring(ring Keyring, wait time.Duration) Keyring { return boundedRing{ring, wait} }

type boundedRing struct {
	ring Keyring
	wait time.Duration
}

func (b boundedRing) Get(service, user string) (string, error) {
	return b.within(func() (string, error) { return b.ring.Get(service, user) })
}

func (b boundedRing) Set(service, user, secret string) error {
	_, err := b.within(func() (string, error) { return "", b.ring.Set(service, user, secret) })
	return err
}

func (b boundedRing) Delete(service, user string) error {
	_, err := b.within(func() (string, error) { return "", b.ring.Delete(service, user) })
	return err
}

func (b boundedRing) within(access func() (string, error)) (string, error) {
	type result struct {
		secret string
		err    error
	}
	done := make(chan result, 1)
	go func() {
		secret, err := access()
		done <- result{secret, err}
	}()
	select {
	case r := <-done:
		return r.secret, r.err
	case <-time.After(b.wait):
		return "", errors.New("it does not answer; it may be locked")
	}
}

// saveInRing stores a login and looks whether the keyring has kept it. Where the
// whole is too long, the scopes stay out, which are for people, and then the
// access token, which can be had again.
func saveInRing(ring Keyring, user string, l *login) error {
	text, err := json.Marshal(l)
	if err == nil && len(text) > ringMost {
		short := *l
		short.Scopes = nil
		if text, err = json.Marshal(&short); err == nil && len(text) > ringMost {
			short.AccessToken, short.Expires, short.APIURL = "", time.Time{}, ""
			text, err = json.Marshal(&short)
		}
	}
	if err != nil {
		return err
	}
	if err := ring.Set(ringService, user, string(text)); err != nil {
		return err
	}
	kept, err := ring.Get(ringService, user)
	if err != nil {
		return err
	}
	if kept != string(text) {
		return errors.New("it did not keep what it was given")
	}
	return nil
}

func ringFault(err error) error {
	e := apierror.New(apierror.Auth, "the system keyring: %v", err)
	e.Hint = "Unlock the keyring, or log in with a file instead: zoom-phone-mcp auth login --store file."
	e.Err = err
	return e
}
