// Package mcptransport serves an MCP server over stdio, Streamable HTTP and SSE: it
// reads messages, keeps requests, sessions and memory within bounds, has mcp-go handle
// what a message means, and writes the answers.
//
// It must not know tools, nor who may come in.
package mcptransport

import (
	"time"

	"github.com/rs/zerolog"

	"zoom-phone-mcp/internal/budget"
)

// Options say where the bounds are. What is zero or less gets the default.
type Options struct {
	// Log gets who connects and what goes wrong, never messages. The zero Logger is
	// silent.
	Log zerolog.Logger
	// Budget is the memory that requests may take; nil for no bound.
	Budget *budget.Budget
	// MaxMessage is the longest message or batch in bytes, 4 MiB by default.
	MaxMessage int
	// MaxCalls is how many calls of one session run at once, 256 by default.
	MaxCalls int
	// MaxQueued is how many calls may wait for their turn beyond those, 1024 by
	// default. Further ones are answered with an error at once.
	MaxQueued int

	// DrainTimeout is how long calls under way may take once the input of stdio has
	// ended, 30 s by default.
	DrainTimeout time.Duration

	// The rest is for HTTP. BodyTimeout is how long a body may take to arrive, 30 s by
	// default.
	BodyTimeout time.Duration
	// WriteTimeout is how long a client may not read, 30 s by default. There is
	// no bound on a whole answer: streams stay open.
	WriteTimeout time.Duration
	// KeepAlive is the pause between signs of life on a silent stream, 15 s by
	// default: proxies close what is silent for a minute.
	KeepAlive time.Duration
	// IdleTimeout is how long a session may go unused that has no stream open,
	// 30 min by default.
	IdleTimeout time.Duration
	// MaxSessions and MaxCallerSessions are how many sessions there may be, in all
	// and of one caller; 4096 and 2048 by default.
	MaxSessions, MaxCallerSessions int
}

func (o Options) filled() Options {
	o.MaxMessage = positive(o.MaxMessage, 4<<20)
	o.MaxCalls = positive(o.MaxCalls, 256)
	o.MaxQueued = positive(o.MaxQueued, 1024)
	o.DrainTimeout = positive(o.DrainTimeout, 30*time.Second)
	o.BodyTimeout = positive(o.BodyTimeout, 30*time.Second)
	o.WriteTimeout = positive(o.WriteTimeout, 30*time.Second)
	o.KeepAlive = positive(o.KeepAlive, 15*time.Second)
	o.IdleTimeout = positive(o.IdleTimeout, 30*time.Minute)
	o.MaxSessions = positive(o.MaxSessions, 4096)
	o.MaxCallerSessions = positive(o.MaxCallerSessions, 2048)
	return o
}

func positive[T int | time.Duration](given, otherwise T) T {
	if given > 0 {
		return given
	}
	return otherwise
}
