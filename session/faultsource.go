package session

import (
	"context"
	"errors"
	"os"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/config"
)

// faultSource is one value of --fault: a case of the catalogue, or a file that is read again when it changes.
type faultSource struct {
	set  *fault.Set
	path string // "" for a case
	time time.Time
	size int64
	ids  []string
	lost bool // the file could not be looked at, and this was reported
}

// newFaultSource adds the rules of a case or of a file.
func newFaultSource(set *fault.Set, value string) (*faultSource, error) {
	s := &faultSource{set: set}
	if c, ok := fault.Find(value); ok {
		return s, twice(set.AddCase(c))
	}
	s.path = value
	_, err := s.read()
	if errors.Is(err, os.ErrNotExist) {
		return nil, NoSuchFault(value, err)
	}
	return s, err
}

// NoSuchFault says that there is neither such a case nor such a file.
func NoSuchFault(id string, err error) error {
	if meant := config.Nearest(id, caseIDs()); meant != "" {
		return &Error{"fault.missing-near", map[string]string{"fault": id, "near": meant}, errors.Join(ErrNotFound, err)}
	}
	return &Error{"fault.missing", map[string]string{"fault": id}, errors.Join(ErrNotFound, err)}
}

// twice says that another case or file has a rule of this name already. Everything else was checked before.
func twice(err error) error {
	if err == nil {
		return nil
	}
	return &Error{"fault.twice", map[string]string{"said": err.Error()}, err}
}

// read takes the file's rules over if it changed since the last time. With an error the old rules stay.
func (s *faultSource) read() (changed bool, err error) {
	if s.path == "" {
		return false, nil
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return false, err
	}
	if info.ModTime().Equal(s.time) && info.Size() == s.size {
		return false, nil
	}
	s.time, s.size = info.ModTime(), info.Size()
	rules, err := readFaults(s.path)
	if err != nil {
		return true, err
	}
	if err := s.set.Swap(s.ids, rules); err != nil {
		return true, twice(err)
	}
	s.ids = nil
	for _, r := range rules {
		s.ids = append(s.ids, r.ID)
	}
	return true, nil
}

// followPause is how often a file of faults is looked at. Every system has modification times; not every one tells of
// changes, and not for every file.
const followPause = time.Second

// follow reads changed files again until ctx ends, and reports each time.
func follow(ctx context.Context, sources []*faultSource, report func(path string, err error)) {
	tick := time.NewTicker(followPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, s := range sources {
			changed, err := s.read()
			switch {
			case report == nil:
			case changed:
				report(s.path, err)
			case err != nil && !s.lost:
				report(s.path, err)
			}
			s.lost = err != nil && !changed
		}
	}
}
