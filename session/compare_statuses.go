package session

import (
	"strings"
	"sync"

	"todoku/diag/compare"
	"todoku/internal/trace"
)

// statuses is a sink that counts the STATUS commands of IMAP connections: the lines that LIST-STATUS (RFC 5819) would spare
// are theirs and those that end them. What is told of the folders stays. The zero value is ready.
type statuses struct {
	mu     sync.Mutex
	tags   map[string]bool   // of commands that are not answered, by connection and tag
	lists  map[string]string // the last LIST of a connection, which no STATUS was sent behind
	trips  int               // LISTs that were followed by STATUS: those go out together
	octets int64
}

// Emit takes an event of the connection.
func (s *statuses) Emit(e trace.Event) {
	if e.Side != trace.SideClient || e.Proto != "imap" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tags == nil {
		s.tags, s.lists = map[string]bool{}, map[string]string{}
	}
	line := string(e.Data)
	tag, command, _ := strings.Cut(line, " ")
	key := e.Conn + " " + tag
	switch {
	case e.Kind == trace.KindSend && strings.HasPrefix(command, "LIST "):
		s.lists[e.Conn] = line
	case e.Kind == trace.KindSend && strings.HasPrefix(command, "STATUS "):
		if list := s.lists[e.Conn]; list != "" {
			delete(s.lists, e.Conn)
			s.trips++
			s.octets -= int64(len(returning(list)) + len(line) - strings.LastIndex(line, "(")) // which LIST would say instead
		}
		s.tags[key] = true
		s.octets += int64(len(line) + len("\r\n"))
	case e.Kind == trace.KindRecv && s.tags[key]:
		delete(s.tags, key)
		s.octets += int64(len(line) + len("\r\n"))
	}
}

// returning is what a LIST says more that asks for the counts, but for their names.
func returning(list string) string {
	if strings.Contains(list, " RETURN (") {
		return " STATUS "
	}
	return " RETURN (STATUS )"
}

// take gives what LIST-STATUS would have spared since it was asked last.
func (s *statuses) take() (all []compare.Saving) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trips > 0 {
		all = []compare.Saving{{Capability: "LIST-STATUS", RoundTrips: s.trips, Octets: max(s.octets, 0)}}
	}
	s.trips, s.octets = 0, 0
	return all
}
