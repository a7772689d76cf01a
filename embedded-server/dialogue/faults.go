package dialogue

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// bent is how a fault rule wants what is written until the next command.
type bent struct {
	drip    time.Duration // before each octet
	cut     int64         // octets still to write before the connection is closed; 0: it is not
	replace fault.Replace
}

func (b bent) replaced(p []byte) []byte {
	if b.replace.Old == "" {
		return p
	}
	return bytes.ReplaceAll(p, []byte(b.replace.Old), []byte(b.replace.New))
}

// writeBent writes with pauses and up to the cut, at which it closes. The caller holds wmu.
func (c *Conn) writeBent(p []byte) (int, error) {
	cut := c.bent.cut > 0 && int64(len(p)) >= c.bent.cut
	if cut {
		p = p[:c.bent.cut]
	}
	n, err := c.drip(p)
	if cut {
		c.cancel()
		return n, errors.Join(net.ErrClosed, c.rec.Close())
	}
	if c.bent.cut > 0 {
		c.bent.cut -= int64(n)
	}
	return n, err
}

// drip writes octet by octet with a pause before each, or at once without a pause.
func (c *Conn) drip(p []byte) (int, error) {
	if c.bent.drip == 0 {
		return c.rec.Write(p)
	}
	for i := range p {
		if err := pause(c.ctx, c.bent.drip); err != nil {
			return i, err
		}
		c.rec.SetWriteDeadline(c.deadline(writeTimeout))
		if _, err := c.rec.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

func pause(ctx context.Context, d time.Duration) error { return (&fault.Action{Delay: d}).Wait(ctx) }

// cutAfter counts octets that were read, and closes when a rule wants no more of them.
func (c *Conn) cutAfter(n int) error {
	left := c.cut.Load()
	if left == 0 {
		return nil
	}
	if left > int64(n) {
		c.cut.Store(left - int64(n))
		return nil
	}
	c.Close()
	return net.ErrClosed
}

func (c *Conn) ruleID() string {
	if id := c.rule.Load(); id != nil {
		return *id
	}
	return ""
}

// Faulted asks the fault rules about a stage and does what the rule says, with reply making a whole line of each line
// of the rule's words (nil: as they are). True means that the stage is dealt with: the caller must not answer. After a
// rule that closes, the next read or write fails. Events carry the rule's id until the next command.
func (c *Conn) Faulted(stage fault.Stage, f fault.Facts, reply func(string) string) bool {
	_, dealt := c.Ask(stage, f, reply)
	return dealt
}

// Ask is Faulted for a stage at which the caller itself must do some of what the rule says; the action is nil if none
// fired.
func (c *Conn) Ask(stage fault.Stage, f fault.Facts, reply func(string) string) (action *fault.Action, dealt bool) {
	if stage == fault.Command && c.rule.Load() != nil {
		c.Flush()
		c.rule.Store(nil)
		c.cut.Store(0)
		c.bend(bent{})
	}
	if !c.srv.cfg.Faults.Watches(f.To) {
		return nil, false
	}
	a := c.srv.cfg.Faults.At(c.srv.cfg.Hostname, stage, c.known(f))
	if a == nil {
		return nil, false
	}
	c.Flush() // earlier replies are not the rule's
	c.rule.Store(&a.Rule)
	if a.Wait(c.ctx) != nil {
		return a, true
	}
	c.flaw = a.Certificate
	c.arm(stage, a)
	if a.GoesOn() {
		return a, false
	}
	c.answer(a, reply)
	if a.Close {
		c.Close()
	}
	return a, true
}

// alert breaks a TLS handshake off. The client's hello is read first: what a connection closes on unread may never reach the client.
func (c *Conn) alert(code uint8) {
	var head [5]byte
	if err := c.raw.SetReadDeadline(time.Now().Add(tlsTimeout)); err != nil {
		return
	}
	if _, err := io.ReadFull(c.raw, head[:]); err != nil {
		return
	}
	if _, err := io.CopyN(io.Discard, c.raw, int64(binary.BigEndian.Uint16(head[3:]))); err != nil {
		return
	}
	const fatal, alertRecord, legacyVersion = 2, 21, 0x0303 // RFC 8446 sections 5.1 and 6
	record := binary.BigEndian.AppendUint16([]byte{alertRecord}, legacyVersion)
	_, _ = c.raw.Write(append(record, 0, 2, fatal, code)) // the connection is over in any case
}

// known adds to the facts what is true of the connection.
func (c *Conn) known(f fault.Facts) fault.Facts {
	f.Proto, f.Peer, f.Secure = c.srv.cfg.Proto, c.raw.RemoteAddr().String(), c.Secure()
	if c.srv.cfg.PeerAddr != nil {
		f.Peer = c.srv.cfg.PeerAddr(c.raw.RemoteAddr())
	}
	if f.User == "" {
		f.User = c.user
	}
	return f
}

// arm notes what a rule wants of what is read and written from now on.
func (c *Conn) arm(stage fault.Stage, a *fault.Action) {
	b := bent{drip: a.Drip, replace: a.Replace}
	if stage == fault.Data {
		c.cut.Store(a.Octets)
	} else {
		b.cut = a.Octets
	}
	if b != (bent{}) {
		c.bend(b)
	}
}

func (c *Conn) bend(b bent) {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	c.bent = b
}

// answer sends what a rule has in place of the right answer.
func (c *Conn) answer(a *fault.Action, reply func(string) string) {
	switch {
	case a.Silent:
		c.rec.Emit(trace.Event{Kind: trace.KindNote, Name: "no reply"})
	case a.Garbage > 0:
		c.Write(fault.Noise(a.Garbage))
	case a.Endless:
		c.endless(a.Reply)
	case a.Alert > 0:
		c.alert(a.Alert)
	case a.Reply != "":
		for line := range strings.SplitSeq(a.Reply, "\n") {
			if reply != nil {
				line = reply(line)
			}
			c.WriteLine(line)
		}
	}
	c.Flush()
}

// maxEndless is how long a line without end may get before even a rule has enough.
const maxEndless = 64 << 20

func (c *Conn) endless(begin string) {
	if _, err := c.Write([]byte(begin)); err != nil {
		return
	}
	block := bytes.Repeat([]byte("x"), 16<<10)
	for n := 0; n < maxEndless; n += len(block) {
		if _, err := c.Write(block); err != nil {
			return
		}
	}
}

// Withheld asks the rules what the server does not offer now; nothing is true of every name when none fires. verb is
// the command in which it looks.
func (c *Conn) Withheld(verb string) (*fault.Action, func(name string) bool) {
	a, _ := c.Ask(fault.Offer, fault.Facts{Verb: verb}, nil)
	return a, func(name string) bool {
		return a != nil && slices.ContainsFunc(a.Withhold, func(w string) bool { return strings.EqualFold(w, name) })
	}
}
