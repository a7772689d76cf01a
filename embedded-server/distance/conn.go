package distance

import (
	"net"
	"sync"
	"time"
)

// Limits of one connection.
const (
	maxUnderWay = 4 << 20         // octets written and not yet delivered; then writing waits, as a window would make it
	lastChance  = 2 * time.Second // for a client to take what is left after Close
)

// conn delivers what is written to it one RTT later.
type conn struct {
	net.Conn
	far    *Distance
	server string

	mu       sync.Mutex
	changed  sync.Cond
	queue    []flight
	octets   int
	pumping  bool // deliver runs
	closed   bool
	err      error
	read     time.Time // when the last octets of the request arrived
	exchange *Exchange // that the next write belongs to; nil: a new one
}

// flight is one write on its way.
type flight struct {
	due  time.Time
	data []byte
}

func newConn(c net.Conn, far *Distance, server string) *conn {
	f := &conn{Conn: c, far: far, server: server, read: time.Now()}
	f.changed.L = &f.mu
	return f
}

// Read gives what the client sent, which took no time, and begins an exchange.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	if n > 0 {
		c.read, c.exchange = time.Now(), nil
	}
	return n, err
}

// Write sends p off. An error is that of an earlier write.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.octets > maxUnderWay && c.err == nil && !c.closed {
		c.changed.Wait()
	}
	switch {
	case c.closed:
		return 0, net.ErrClosed
	case c.err != nil:
		return 0, c.err
	}
	now := time.Now()
	c.note(now)
	c.queue = append(c.queue, flight{now.Add(c.far.RTT), append([]byte(nil), p...)})
	c.octets += len(p)
	if !c.pumping {
		c.pumping = true
		c.far.delivering.Go(c.deliver)
	}
	c.changed.Broadcast()
	return len(p), nil
}

// note records that an answer was handed out now; all writes between two reads are one answer.
func (c *conn) note(now time.Time) {
	delivered := now.Add(c.far.RTT)
	if c.exchange != nil {
		c.far.record.extend(c.exchange, now, delivered)
		return
	}
	c.exchange = &Exchange{Server: c.server, What: Stream, Began: c.read, Answered: now, Ended: delivered}
	c.far.record.add(c.exchange)
}

// deliver writes what is due until nothing is left, and closes the connection if that was wanted.
func (c *conn) deliver() {
	for {
		c.mu.Lock()
		if len(c.queue) == 0 || c.err != nil {
			c.pumping = false
			if c.closed {
				c.Conn.Close()
			}
			c.mu.Unlock()
			return
		}
		next := c.queue[0]
		c.queue = c.queue[1:]
		c.mu.Unlock()

		time.Sleep(time.Until(next.due))
		_, err := c.Conn.Write(next.data)

		c.mu.Lock()
		c.octets -= len(next.data)
		c.err = err
		c.changed.Broadcast()
		c.mu.Unlock()
	}
}

// Close ends reading and writing at once and the connection when all is delivered.
func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	c.changed.Broadcast()
	if !c.pumping {
		return c.Conn.Close()
	}
	c.Conn.SetReadDeadline(time.Unix(1, 0)) // a read under way returns
	return c.Conn.SetWriteDeadline(time.Now().Add(c.far.RTT + lastChance))
}

// SetDeadline sets both.
func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline is the connection's, until Close.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline is for the delivery, so it is later by as long as that takes.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	if t.After(time.Now()) {
		t = t.Add(c.far.RTT)
	}
	return c.Conn.SetWriteDeadline(t)
}
