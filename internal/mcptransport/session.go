package mcptransport

import (
	"sync"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
)

// How many notifications may wait for the client to read them: on a transport
// with one client, and for one of many sessions. mcp-go drops those that find
// no room.
const (
	maxNotes        = 256
	maxSessionNotes = 32
)

// session is what mcp-go knows about a client.
type session struct {
	id          string
	notes       chan mcp.JSONRPCNotification
	initialized atomic.Bool

	mu           sync.Mutex
	client       mcp.Implementation
	capabilities mcp.ClientCapabilities
	version      string
}

func newSession(id string, notes int) *session {
	return &session{id: id, notes: make(chan mcp.JSONRPCNotification, notes)}
}

// The methods below make a session a server.ClientSession,
// server.SessionWithClientInfo and server.SessionWithProtocolVersion.

func (s *session) Initialize()       { s.initialized.Store(true) }
func (s *session) Initialized() bool { return s.initialized.Load() }
func (s *session) SessionID() string { return s.id }

// NotificationChannel is what mcp-go asks for when it has a notification.
func (s *session) NotificationChannel() chan<- mcp.JSONRPCNotification { return s.notes }

func (s *session) GetClientInfo() mcp.Implementation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client
}

func (s *session) SetClientInfo(client mcp.Implementation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client = client
}

func (s *session) GetClientCapabilities() mcp.ClientCapabilities {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.capabilities
}

func (s *session) SetClientCapabilities(capabilities mcp.ClientCapabilities) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.capabilities = capabilities
}

func (s *session) ProtocolVersion() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

func (s *session) SetProtocolVersion(version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version = version
}
