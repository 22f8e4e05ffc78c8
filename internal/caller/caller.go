// Package caller says who sent a request. The HTTP server finds it out and puts it
// into the request's context, where handlers read it.
package caller

import (
	"context"
	"time"
)

// Caller is who sent a request.
type Caller struct {
	// Name tells callers apart: key:NAME, oauth: with a hash of the subject, or
	// anonymous.
	Name string
	// Label is what to count the caller by: the key's name, oauth, or anonymous.
	Label string
	// Allow and Deny limit the caller to methods, beside the limits for all.
	Allow, Deny []string
	// Gone is closed when the caller's key is withdrawn, nil for never.
	Gone <-chan struct{}
	// Until is when the caller's token ends, zero for never.
	Until time.Time
	// Room asks for room for so many calls and returns a function that frees it; nil
	// has room for all.
	Room func(ctx context.Context, calls int) (release func(), ok bool)
	// Most is for how many calls there can be room at all, 0 for any number.
	Most int
}

// Limited reports whether the caller has limits of its own.
func (c *Caller) Limited() bool { return len(c.Allow)+len(c.Deny) > 0 }

// Admit asks for room for so many calls and returns a function that frees it. It
// reports false where there is none.
func (c *Caller) Admit(ctx context.Context, calls int) (release func(), ok bool) {
	if c.Room == nil || calls == 0 {
		return func() {}, true
	}
	return c.Room(ctx, calls)
}

type contextKey struct{}

// NewContext returns a context with a caller.
func NewContext(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// FromContext returns the caller of a context, and reports whether there is one.
// Without one it is a caller without a name or bounds, never nil.
func FromContext(ctx context.Context) (*Caller, bool) {
	if c, ok := ctx.Value(contextKey{}).(*Caller); ok {
		return c, true
	}
	return &Caller{}, false
}
