package sandbox

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"todoku/embedded-server/fault"
	"todoku/embedded-server/maildrop"
	"todoku/embedded-server/post"
	"todoku/embedded-server/smtpd"
)

// desk is what stands behind one host's SMTP servers: its users and its post office.
type desk struct {
	domain string
	store  *maildrop.Store
	office *post.Office
	users  []User
}

// Login finds a user of this host's domain.
func (d *desk) Login(name string) (address, password string, ok bool) {
	return maildrop.Login(d.store, name, d.domain)
}

// MaySend lets a user send as himself and with the null sender, which is that of notifications (RFC 8098).
func (d *desk) MaySend(user, sender string) bool {
	return sender == "" || strings.EqualFold(user, sender)
}

// Recipient judges an address.
func (d *desk) Recipient(address string) smtpd.Destination {
	if !d.office.Local(address) {
		return smtpd.Remote
	}
	u, ok := d.store.User(d.mailbox(address))
	if !ok {
		return smtpd.Unknown
	}
	if u.Quota > 0 {
		if use, err := d.store.Usage(context.Background(), u.Address); err == nil && use.Bytes >= use.Quota {
			return smtpd.Full
		}
	}
	return smtpd.Local
}

// mailbox is where mail for an address goes: what is left of a fault that an address names is for the first user.
func (d *desk) mailbox(address string) string {
	if !fault.IsMagic(address) || !d.office.Local(address) {
		return address
	}
	i := slices.IndexFunc(d.users, func(u User) bool { return strings.HasSuffix(u.Address, "@"+d.domain) })
	return d.users[i].Address
}

// Accept hands the message to the post office; what the store refuses becomes a reply.
func (d *desk) Accept(ctx context.Context, e *smtpd.Envelope) error {
	m := post.Mail{ID: e.ID, From: e.From, Return: e.Return, EnvID: e.EnvID, Received: e.Received, Data: e.Data}
	for _, r := range e.To {
		m.To = append(m.To, post.Recipient{Addr: d.mailbox(r.Addr), Notify: r.Notify, ORcpt: r.ORcpt})
	}
	return toReply(d.office.Accept(ctx, m))
}

// toReply gives what the store refuses as a reply; other errors stay as they are.
func toReply(err error) error {
	var coded interface{ Code() int }
	switch {
	case errors.Is(err, maildrop.ErrOverQuota):
		return &smtpd.Reply{Code: 552, Enhanced: "5.2.2", Text: "Mailbox full"}
	case errors.Is(err, maildrop.ErrNoUser):
		return &smtpd.Reply{Code: 550, Enhanced: "5.1.1", Text: "User unknown"}
	case errors.As(err, &coded) && coded.Code()&0xff == sqliteFull:
		return &smtpd.Reply{Code: 452, Enhanced: "4.3.1", Text: "Disk full, try again later"}
	}
	return err
}

// sqliteFull is SQLITE_FULL, the result code of a write that the disk had no room for.
const sqliteFull = 13

// origins remembers which connections between our own hosts come from which address of the small Internet, so that
// Received fields can say so.
type origins struct {
	mu   sync.Mutex
	from map[string]string // local address of the dialled connection to the host's address
}

// dialer gives a host's way to the others.
func (o *origins) dialer(w World, m machine) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := w.Dial(ctx, network, address)
		if err != nil || network != "tcp" {
			return c, err
		}
		from := m.v4
		if a, err := netip.ParseAddrPort(address); err == nil && a.Addr().Is6() && m.v6 != "" {
			from = m.v6
		}
		key := c.LocalAddr().String()
		o.mu.Lock()
		o.from[key] = from
		o.mu.Unlock()
		return &originConn{Conn: c, forget: sync.OnceFunc(func() {
			o.mu.Lock()
			delete(o.from, key)
			o.mu.Unlock()
		})}, nil
	}
}

type originConn struct {
	net.Conn
	forget func()
}

func (c *originConn) Close() error {
	c.forget()
	return c.Conn.Close()
}

// address is the peer's address in the small Internet, or its own if it comes from elsewhere on this machine.
func (o *origins) address(a net.Addr) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if from, ok := o.from[a.String()]; ok {
		return from
	}
	return a.String()
}
