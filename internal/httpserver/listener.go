package httpserver

import (
	"container/list"
	"context"
	"net"
	"net/netip"
	"sync"
)

// limitedListener bounds the connections of a listener: in all, and of each address.
// Where there is no room, connections that have not shown a credential are closed, the
// oldest first. Where all have, further ones wait, or are closed if their address has
// all that it may.
type limitedListener struct {
	net.Listener
	most, each int

	mu        sync.Mutex
	open      int
	strangers *list.List // of *limitedConn without a credential, the oldest first
	addresses map[netip.Prefix]int
	left      chan struct{} // closed and made anew when a connection ends

	once   sync.Once
	closed chan struct{}
}

func limitListener(l net.Listener, most, each int) *limitedListener {
	return &limitedListener{
		Listener: l, most: most, each: each, strangers: list.New(), addresses: map[netip.Prefix]int{},
		left: make(chan struct{}), closed: make(chan struct{}),
	}
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.add(raw); c != nil {
			return c, nil
		}
	}
}

// add takes a connection up, in the place of a stranger where there is no other, and
// waits where there is none. It returns nil for one that had to be closed.
func (l *limitedListener) add(raw net.Conn) *limitedConn {
	c := &limitedConn{Conn: raw, listener: l, address: addressOf(raw)}
	l.mu.Lock()
	defer l.mu.Unlock()
	var out *limitedConn
	for {
		full := l.open >= l.most
		if l.addresses[c.address] >= l.each && l.each < l.most {
			if out = l.stranger(c.address); out == nil {
				_ = raw.Close()
				return nil
			}
		} else if full {
			out = l.stranger(netip.Prefix{})
		}
		if !full || out != nil {
			break
		}
		left := l.left
		l.mu.Unlock()
		select {
		case <-left:
		case <-l.closed:
		}
		l.mu.Lock()
		select {
		case <-l.closed:
			_ = raw.Close()
			return nil // the next Accept tells
		default:
		}
	}
	if out != nil {
		l.remove(out)
		_ = out.Conn.Close()
	}
	l.open++
	l.addresses[c.address]++
	c.unknown = l.strangers.PushBack(c)
	return c
}

// stranger returns the oldest connection without a credential, of an address or, for the
// zero Prefix, of any; nil for none.
func (l *limitedListener) stranger(of netip.Prefix) *limitedConn {
	for e := l.strangers.Front(); e != nil; e = e.Next() {
		if c := e.Value.(*limitedConn); !of.IsValid() || c.address == of {
			return c
		}
	}
	return nil
}

// remove no longer counts a connection.
func (l *limitedListener) remove(c *limitedConn) {
	if c.gone {
		return
	}
	c.gone = true
	l.open--
	if l.addresses[c.address]--; l.addresses[c.address] == 0 {
		delete(l.addresses, c.address)
	}
	if c.unknown != nil {
		l.strangers.Remove(c.unknown)
		c.unknown = nil
	}
	close(l.left)
	l.left = make(chan struct{})
}

// use returns how many connections are open, and how many of them have not shown a
// credential.
func (l *limitedListener) use() (open, strangers int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open, l.strangers.Len()
}

// Close implements net.Listener.
func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	listener *limitedListener
	address  netip.Prefix

	// Guarded by the listener.
	unknown *list.Element // among the strangers; nil for one that has shown a credential
	gone    bool
}

// Close implements net.Conn.
func (c *limitedConn) Close() error {
	c.listener.mu.Lock()
	c.listener.remove(c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// known notes that a caller with a good credential is at the other end.
func (c *limitedConn) known() {
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	if c.unknown != nil {
		c.listener.strangers.Remove(c.unknown)
		c.unknown = nil
	}
}

// addressOf returns the address that a connection counts for: the network of 64 bits of
// one with IPv6, all of which one machine may have.
func addressOf(c net.Conn) netip.Prefix {
	at, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	addr, bits := at.Addr().Unmap().WithZone(""), 32
	if addr.Is6() {
		bits = 64
	}
	prefix, _ := addr.Prefix(bits) // an address always has so many bits
	return prefix
}

type connKey struct{}

// withConn is http.Server.ConnContext: requests find their connection.
func withConn(ctx context.Context, c net.Conn) context.Context {
	if over, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS
		c = over.NetConn()
	}
	return context.WithValue(ctx, connKey{}, c)
}

// known notes that a request's caller has shown a good credential.
func known(ctx context.Context) {
	if c, ok := ctx.Value(connKey{}).(*limitedConn); ok {
		c.known()
	}
}
