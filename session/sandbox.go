package session

import (
	"cmp"
	"context"
	"slices"
	"time"

	"todoku/embedded-server"
	"todoku/embedded-server/fault"
)

// SandboxStatus is the small Internet as it is now.
type SandboxStatus struct {
	CAFile string         `json:"ca_file"`  // the certificate that signed those of its hosts
	Now    time.Time      `json:"now"`      // its own time
	Ahead  time.Duration  `json:"ahead_ns"` // of this machine's
	Hosts  []ReadyHost    `json:"hosts"`
	Users  []SandboxUser  `json:"users"`
	Queue  []QueueEntry   `json:"queue,omitempty"` // what waits on the mail hosts, next due first on each
	Faults []SandboxFault `json:"faults,omitempty"`
}

// SandboxUser is a user and the mailbox.
type SandboxUser struct {
	ReadyUser
	Messages int       `json:"messages"` // in all folders
	Octets   int64     `json:"octets"`
	LastSeen time.Time `json:"last_seen,omitzero"` // by the sandbox's time; zero: not since the start
	LastBy   string    `json:"last_by,omitempty"`  // "imap", "pop3" or "smtp"
}

// QueueEntry is one waiting message and recipient.
type QueueEntry = sandbox.QueueEntry

// SandboxFault is a case of the catalogue, or a rule of a file, that is in the small Internet now.
type SandboxFault struct {
	ID    string `json:"id"`
	Title string `json:"title,omitempty"` // of a case
	To    string `json:"to,omitempty"`    // who meets it
	On    bool   `json:"on"`
	Hits  int    `json:"hits"` // how often its rules fired
	// Hosts are those of the small Internet that have it.
	Hosts []string `json:"hosts,omitempty"`
}

// FaultCase is a fault of the catalogue.
type FaultCase = fault.Case

// FaultCases gives the catalogue, sorted by id.
func FaultCases() []FaultCase { return fault.Cases() }

// FindFault gives the fault of the catalogue with the id, or the one that the id's own words ask for (fault.Spoken).
func FindFault(id string) (FaultCase, bool) { return fault.Find(id) }

// Sandbox tells how the small Internet of this session is. Of one that belongs to another program it gives what the
// world file says, the hosts and their users, beside the error sandbox.joined, or sandbox.ended.
func (s *Session) Sandbox(ctx context.Context) (SandboxStatus, error) {
	box, err := s.ownSandbox()
	if err != nil {
		return joinedStatus(s.world), cmp.Or(s.ended(ctx), err)
	}
	world := box.World()
	status := SandboxStatus{CAFile: world.CAFile, Now: box.Now(), Ahead: box.Ahead(), Hosts: readyHosts(world), Faults: presentFaults(box.Faults(), world.Hosts)}
	boxes, err := box.Mailboxes(ctx)
	if err != nil {
		return SandboxStatus{}, err
	}
	for _, m := range boxes {
		status.Users = append(status.Users, SandboxUser{ReadyUser: ReadyUser{m.Address, m.Password}, Messages: m.Messages,
			Octets: m.Octets, LastSeen: m.Last.Time, LastBy: m.Last.Proto})
	}
	status.Queue, err = box.Queue(ctx)
	return status, err
}

// joinedStatus is what a world file tells of a small Internet; nothing if there is none.
func joinedStatus(world *sandbox.World) SandboxStatus {
	if world == nil {
		return SandboxStatus{}
	}
	status := SandboxStatus{CAFile: world.CAFile, Hosts: readyHosts(*world)}
	for _, u := range world.Users {
		status.Users = append(status.Users, SandboxUser{ReadyUser: ReadyUser{u.Address, u.Password}})
	}
	return status
}

// presentFaults gathers the rules of a set by their cases.
func presentFaults(set *fault.Set, hosts []sandbox.Host) []SandboxFault {
	var all []SandboxFault
	for _, r := range set.Rules() {
		id := fault.CaseOf(r.ID)
		if n := len(all); n == 0 || all[n-1].ID != id {
			f := SandboxFault{ID: id}
			if c, ok := fault.Find(id); ok {
				f.Title, f.To = c.Title, c.To
			}
			all = append(all, f)
		}
		f := &all[len(all)-1]
		f.Hits += r.Hits
		f.On = f.On || !r.Off
		for _, h := range hosts {
			if r.Concerns(h.Name) && !slices.Contains(f.Hosts, h.Name) {
				f.Hosts = append(f.Hosts, h.Name)
			}
		}
	}
	return all
}

// ownSandbox is the small Internet that this session started. Another program's cannot be changed from here.
func (s *Session) ownSandbox() (*sandbox.Sandbox, error) {
	switch {
	case s.box != nil:
		return s.box, nil
	case s.joined != "":
		return nil, &Error{Code: "sandbox.joined", Args: map[string]string{"path": s.joined}}
	}
	return nil, &Error{Code: "sandbox.none"}
}

// SwitchFault turns a case or a rule that is present on or off.
func (s *Session) SwitchFault(id string, on bool) error {
	box, err := s.ownSandbox()
	if err != nil {
		return err
	}
	if !box.Faults().Switch(id, on) {
		return NoSuchFault(id, nil)
	}
	return nil
}

// AddFault adds a case of the catalogue, turned on. One that is present already is turned on.
func (s *Session) AddFault(id string) error {
	box, err := s.ownSandbox()
	if err != nil {
		return err
	}
	c, ok := fault.Find(id)
	if !ok {
		return NoSuchFault(id, nil)
	}
	if box.Faults().Switch(id, true) {
		return nil
	}
	return box.Faults().AddCase(c)
}

// RemoveFault forgets a case or a rule.
func (s *Session) RemoveFault(id string) error {
	box, err := s.ownSandbox()
	if err != nil {
		return err
	}
	if !box.Faults().Remove(id) {
		return NoSuchFault(id, nil)
	}
	return nil
}

// Advance moves the sandbox's time on and gives the new one. Greylists, rates and the retries of its queues go by it.
func (s *Session) Advance(d time.Duration) (time.Time, error) {
	box, err := s.ownSandbox()
	if err != nil {
		return time.Time{}, err
	}
	box.Advance(d)
	return box.Now(), nil
}

// RetryNow makes a mail host try a waiting message now.
func (s *Session) RetryNow(ctx context.Context, queueID string) error {
	box, err := s.ownSandbox()
	if err != nil {
		return err
	}
	found, err := box.Retry(ctx, queueID)
	if err == nil && !found {
		err = &Error{"sandbox.queue-gone", map[string]string{"id": queueID}, ErrNotFound}
	}
	return err
}
