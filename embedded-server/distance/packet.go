package distance

import (
	"net"
	"sync"
	"time"
)

// maxAwaited is how many questions without an answer are remembered.
const maxAwaited = 4096

// PacketConn puts a UDP socket of DNS at the distance: each answer is delivered one RTT later.
func (d *Distance) PacketConn(pc net.PacketConn, server string) net.PacketConn {
	return &packets{PacketConn: pc, far: d, server: server, asked: make(map[string]time.Time)}
}

type packets struct {
	net.PacketConn
	far    *Distance
	server string

	mu    sync.Mutex
	asked map[string]time.Time // by peer and message id
}

// ReadFrom gives the next question.
func (c *packets) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.PacketConn.ReadFrom(p)
	if err == nil {
		c.mu.Lock()
		if len(c.asked) >= maxAwaited {
			clear(c.asked)
		}
		c.asked[question(from, p[:n])] = time.Now()
		c.mu.Unlock()
	}
	return n, from, err
}

// WriteTo sends an answer off. That it cannot be delivered is not seen, as with any datagram.
func (c *packets) WriteTo(p []byte, to net.Addr) (int, error) {
	now, k := time.Now(), question(to, p)
	c.mu.Lock()
	began, ok := c.asked[k]
	delete(c.asked, k)
	c.mu.Unlock()
	if ok {
		c.far.record.add(&Exchange{Server: c.server, What: Datagram, Began: began, Answered: now, Ended: now.Add(c.far.RTT)})
	}
	data := append([]byte(nil), p...)
	time.AfterFunc(c.far.RTT, func() { c.PacketConn.WriteTo(data, to) })
	return len(p), nil
}

// question names a message by its peer and its id (RFC 1035 section 4.1.1).
func question(peer net.Addr, p []byte) string {
	if len(p) < 2 {
		return peer.String()
	}
	return peer.String() + string(p[:2])
}
