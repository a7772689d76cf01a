// Package distance puts a simulated round trip between the sandbox's servers and their clients, and keeps a record of
// the exchanges that cost one.
package distance

import (
	"net"
	"sync"
	"time"
)

// Distance is how far servers are away. What a server writes is delivered one RTT later, in order; what a client sends
// arrives at once, so that an exchange costs one RTT and pipelined requests share it. A server learns of a TCP connection
// one RTT after it was opened. (The client's own connect returns at once, for the kernel answers it: what the handshake
// costs is seen in the first octets.)
type Distance struct {
	RTT time.Duration

	delivering sync.WaitGroup
	record     record
}

// Wait returns when all that was written before connections were closed has been delivered or given up.
func (d *Distance) Wait() { d.delivering.Wait() }

// Listener puts a TCP listener at the distance. server names it in the record.
func (d *Distance) Listener(l net.Listener, server string) net.Listener {
	far := &listener{Listener: l, far: d, server: server, arrived: make(chan net.Conn), closed: make(chan struct{})}
	d.delivering.Go(far.accept)
	return far
}

// listener hands each connection over when the handshake would be done.
type listener struct {
	net.Listener
	far     *Distance
	server  string
	arrived chan net.Conn
	once    sync.Once
	closed  chan struct{}

	mu  sync.Mutex
	err error // why accepting ended
}

// accept takes connections until the listener is closed.
func (l *listener) accept() {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			l.mu.Lock()
			l.err = err
			l.mu.Unlock()
			l.once.Do(func() { close(l.closed) })
			return
		}
		now := time.Now()
		l.far.record.add(&Exchange{Server: l.server, What: Connect, Began: now, Answered: now, Ended: now.Add(l.far.RTT)})
		l.far.delivering.Go(func() { l.establish(c) })
	}
}

func (l *listener) establish(c net.Conn) {
	t := time.NewTimer(l.far.RTT)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.closed:
		c.Close()
		return
	}
	select {
	case l.arrived <- newConn(c, l.far, l.server):
	case <-l.closed:
		c.Close()
	}
}

// Accept gives the next established connection.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.arrived:
		return c, nil
	case <-l.closed:
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.err != nil {
			return nil, l.err
		}
		return nil, net.ErrClosed
	}
}

// Close stops accepting; those not yet established are closed.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}
