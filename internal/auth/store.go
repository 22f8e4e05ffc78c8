package auth

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"zoom-phone-mcp/internal/apierror"
)

// Place is where the secrets of a login are.
type Place string

// The places. PlaceAuto is the keyring where there is one, else the file.
const (
	PlaceAuto    Place = "auto"
	PlaceKeyring Place = "keyring"
	PlaceFile    Place = "file"
)

const (
	loginFile = "login.json"
	lockFile  = "login.lock"
	// lockWait is longer than one renewal can take: two requests' worth of a slow
	// keyring and the request to Zoom.
	lockWait  = 2 * time.Minute
	lockRetry = 20 * time.Millisecond
)

// loginVersion is the layout of a stored login.
const loginVersion = 1

// login is a user's login as it is stored. Where Place is PlaceKeyring, the file
// has nothing but Version and Place, and the keyring has the whole.
type login struct {
	Version      int       `json:"version"`
	Place        Place     `json:"store"`
	OAuthURL     string    `json:"oauth_url,omitempty"`
	ClientID     string    `json:"client_id,omitempty"`
	Confidential bool      `json:"confidential,omitempty"` // the app has a secret, which is not stored
	LoggedIn     time.Time `json:"logged_in,omitzero"`
	Renewed      time.Time `json:"renewed,omitzero"`
	RefreshToken string    `json:"refresh_token,omitempty"`
	AccessToken  string    `json:"access_token,omitempty"`
	Expires      time.Time `json:"expires,omitzero"`
	Scopes       []string  `json:"scopes,omitempty"`
	APIURL       string    `json:"api_url,omitempty"`
}

// Store keeps one login for all processes of a user. It touches nothing until
// it is asked for something. It is safe for concurrent use.
type Store struct {
	dir   string
	ring  Keyring
	place Place
}

// NewStore is a store in a folder, and in the keyring if there is one (ring may
// be nil). place says where a new login goes; an old one is found where it is.
func NewStore(dir string, ring Keyring, place Place) *Store {
	if dir != "" {
		if abs, err := filepath.Abs(dir); err == nil {
			dir = abs
		}
	}
	return &Store{dir: dir, ring: ring, place: place}
}

// errNoLogin means that nobody has logged in.
var errNoLogin = errors.New("auth: no stored login")

// path is the login's file.
func (s *Store) path() string { return filepath.Join(s.dir, loginFile) }

// Exists reports whether there may be a login, without a lock or a new folder.
func (s *Store) Exists() bool {
	if s == nil || s.dir == "" {
		return false
	}
	_, err := os.Lstat(s.path())
	return !errors.Is(err, fs.ErrNotExist)
}

// lock keeps all other processes and handles out until unlock is called.
// Whatever is read or written is read or written under it. A process that dies
// loses its lock.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	if s == nil || s.dir == "" {
		return nil, storeFault("there is no folder for the login", "Set HOME, or ZOOM_LOGIN_DIR to a folder of your own.", nil)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, storeFault("the folder of the login cannot be made: "+err.Error(), "Set ZOOM_LOGIN_DIR to a folder that this program can write.", err)
	}
	if err := checkFolder(s.dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, lockWait, errors.New("another process holds it"))
	defer cancel()
	l := flock.New(filepath.Join(s.dir, lockFile), flock.SetPermissions(0o600))
	if _, err := l.TryLockContext(ctx, lockRetry); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		_ = l.Close() // it was not locked
		return nil, storeFault("the stored login cannot be locked: "+err.Error(), "Set ZOOM_LOGIN_DIR to a folder that this program can write, or end the other process.", err)
	}
	return func() { _ = l.Close() }, nil // nothing can be done, and the end of the process unlocks too
}

// load reads the login, errNoLogin if there is none.
func (s *Store) load() (*login, error) {
	l, err := s.read()
	if err != nil || l.Place != PlaceKeyring {
		return l, err
	}
	if s.ring == nil {
		return nil, storeFault("the login is in the system keyring, which cannot be used here", logInAgain, nil)
	}
	text, err := s.ring.Get(ringService, s.dir)
	if errors.Is(err, ErrNotInKeyring) {
		return nil, storeFault("the login is no longer in the system keyring", logInAgain, err)
	}
	if err != nil {
		return nil, ringFault(err)
	}
	return decodeLogin([]byte(text))
}

// read reads the file alone.
func (s *Store) read() (*login, error) {
	text, err := readPrivate(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoLogin
	}
	if err != nil {
		return nil, err
	}
	return decodeLogin(text)
}

// decodeLogin shows nothing of a text that it cannot read.
func decodeLogin(text []byte) (*login, error) {
	var l login
	switch err := json.Unmarshal(text, &l); {
	case err != nil || l.Version < 1:
		return nil, storeFault("the stored login is damaged", logInAgain, nil)
	case l.Version > loginVersion:
		return nil, storeFault("the stored login was made by a newer version of this program", "Use that version, or log in again: zoom-phone-mcp auth login.", nil)
	}
	return &l, nil
}

// save stores a login in its place. When it has returned without an error the
// login survives a crash.
func (s *Store) save(l *login) error {
	pointer := *l
	if l.Place == PlaceKeyring {
		if s.ring == nil {
			return noRing()
		}
		if err := saveInRing(s.ring, s.dir, l); err != nil {
			return ringFault(err)
		}
		if old, err := s.read(); err == nil && old.Place == PlaceKeyring {
			return nil
		}
		pointer = login{Version: l.Version, Place: l.Place}
	}
	text, err := json.MarshalIndent(&pointer, "", "  ")
	if err != nil {
		return err
	}
	if err := writePrivate(s.path(), append(text, '\n')); err != nil {
		return storeFault("the login cannot be stored: "+err.Error(), "Make the folder writable, or set ZOOM_LOGIN_DIR to another one.", err)
	}
	return nil
}

// ready reports whether a new login can go where the settings want it; what
// stands in the way is better known before the browser is opened.
func (s *Store) ready(ctx context.Context) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.place != PlaceKeyring {
		return nil
	}
	if s.ring == nil {
		return noRing()
	}
	if _, err := s.ring.Get(ringService, s.dir); err != nil && !errors.Is(err, ErrNotInKeyring) {
		return ringFault(err)
	}
	return nil
}

func noRing() *apierror.Error {
	return &apierror.Error{Kind: apierror.Auth, Message: "there is no system keyring", Hint: "Log in with --store file."}
}

// create stores a new login where the settings say. why tells what kept it out
// of the keyring, if it went into the file for want of one.
func (s *Store) create(l *login) (why error, err error) {
	old, _ := s.read() // whatever is there is replaced
	if s.place != PlaceFile {
		l.Place = PlaceKeyring
		err := s.save(l)
		if err == nil || s.place == PlaceKeyring {
			return nil, err
		}
		why = err
	}
	l.Place = PlaceFile
	if err := s.save(l); err != nil {
		return nil, err
	}
	if old != nil && old.Place == PlaceKeyring && s.ring != nil {
		_ = s.ring.Delete(ringService, s.dir) // the file no longer points there
	}
	return why, nil
}

// remove deletes the login, however damaged it is. The file goes last: while it
// is there a second attempt finds what the first one left.
func (s *Store) remove() error {
	l, err := s.read()
	if errors.Is(err, errNoLogin) {
		return nil
	}
	if (err != nil || l.Place == PlaceKeyring) && s.ring != nil {
		rerr := s.ring.Delete(ringService, s.dir)
		if rerr != nil && !errors.Is(rerr, ErrNotInKeyring) && err == nil {
			return ringFault(rerr)
		}
	}
	if err := os.Remove(s.path()); err != nil {
		return storeFault("the stored login cannot be removed: "+err.Error(), "", err)
	}
	return syncFolder(s.dir)
}

const logInAgain = "Log in again: zoom-phone-mcp auth login."

func storeFault(message, hint string, err error) *apierror.Error {
	return &apierror.Error{Kind: apierror.Auth, Message: message, Hint: hint, Err: err}
}
