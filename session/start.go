package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"todoku/embedded-server"
	"todoku/internal/config"
	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
	"todoku/session/mailsync"
)

// Session holds what every verb needs: config, store, net and clock, and the connections kept between verbs.
type Session struct {
	Config *config.Config
	Store  *store.Store
	Net    *wire.Net
	Now    func() time.Time

	resolver *dns.Resolver // asks for names, observed by each verb's span; nil leaves that to the operating system
	lines    *mailsync.Lines
	ignore   []string // capabilities that are not used: those of naive clients in a comparison
	recent   recent
	polls    polls
	ahead    foreseen
	closers  []func() error

	settings string                           // the file that they were read from; "" in the sandbox
	reread   atomic.Pointer[[]config.Account] // the accounts, once the file was changed from here; nil: those of Config

	box    *sandbox.Sandbox // the small Internet that this session started; nil: none
	joined string           // the world file of the one that it joined; "": none
	world  *sandbox.World   // what that file says; nil: none
}

// StartOptions says what to start: a world file to join, a fresh sandbox, or the configured accounts.
type StartOptions struct {
	ConfigFile string          // "" is the usual place
	World      string          // join the running small Internet of this world file
	Sandbox    *SandboxOptions // start a fresh one
	Lang       string          // overrides the configuration's
}

// ErrNoAccount says that nothing is configured yet.
var ErrNoAccount error = &Error{Code: "account.none"}

// ErrNotFound is what errors about a missing message, folder or account wrap.
var ErrNotFound = errors.New("not found")

// ConfigError is a configuration that cannot be used.
type ConfigError struct{ Problems []config.Problem }

func (e *ConfigError) Error() string {
	text := "the configuration has a mistake"
	for _, p := range e.Problems {
		text += "\n" + p.String()
	}
	return text
}

// Explain gives code and facts of the first mistake.
func (e *ConfigError) Explain() (code string, args map[string]string) {
	code, args = e.Problems[0].Explain()
	args["count"] = itoa(len(e.Problems))
	return code, args
}

// NoSuchMessage says that no stored message has the key.
func NoSuchMessage(key int64) error {
	return &Error{"message.missing", map[string]string{"key": itoa(int(key))}, ErrNotFound}
}

// NoSuchAccount says that no account has the name.
func NoSuchAccount(name string) error {
	return &Error{"account.missing", map[string]string{"account": name}, ErrNotFound}
}

// Start opens the store and the world that the options name. The session is valid, without accounts, when the error
// is ErrNoAccount.
func Start(ctx context.Context, span *trace.Span, o StartOptions) (*Session, error) {
	switch {
	case o.Sandbox != nil:
		return startSandbox(ctx, span, o)
	case o.World != "":
		return joinWorld(o)
	}
	return startConfigured(o)
}

func startConfigured(o StartOptions) (*Session, error) {
	settings, c, err := readConfig(o.ConfigFile)
	if err != nil {
		return nil, err
	}
	if o.Lang != "" {
		c.Lang = o.Lang
	}
	path, err := c.StorePath()
	if err != nil {
		return nil, err
	}
	s, err := open(c, path, wire.System())
	if err != nil {
		return nil, err
	}
	s.settings = settings
	if len(c.Accounts) == 0 {
		err = ErrNoAccount
	}
	return s, err
}

// readConfig reads the settings and gives their path; a missing file is an empty configuration unless it was named.
func readConfig(file string) (path string, c *config.Config, err error) {
	path = file
	if path == "" {
		if path, err = config.DefaultPath(); err != nil {
			return "", nil, err
		}
	}
	if file != "" {
		if _, err := os.Stat(file); err != nil {
			return "", nil, err
		}
	}
	read, problems := config.Load(path)
	if len(problems) > 0 {
		return "", nil, &ConfigError{problems}
	}
	return path, &read, nil
}

// open opens the store at path and makes the session.
func open(c *config.Config, path string, net *wire.Net) (*Session, error) {
	now := net.Now
	if now == nil {
		now = time.Now
	}
	st, err := store.Open(path, store.Options{Now: now})
	if err != nil {
		return nil, err
	}
	return &Session{Config: c, Store: st, Net: net, Now: now, lines: mailsync.NewLines(now)}, nil
}

// watched is the session's net, with its lookups observed by the span.
func (s *Session) watched(span *trace.Span) *wire.Net {
	if s.resolver == nil {
		return s.Net
	}
	n := *s.Net
	n.Resolve = s.resolver.Watched(span).Resolve
	return &n
}

// joinedStore is where a process that joined a world keeps its copy: beside the world file, one for each.
func joinedStore(worldFile string) string {
	return filepath.Join(filepath.Dir(worldFile), "client", "mail.db")
}

// Close ends kept connections, closes the store and then what the session started, last first.
func (s *Session) Close() error {
	if s == nil {
		return nil
	}
	errs := []error{s.lines.Close(), s.Store.Close()}
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	return errors.Join(errs...)
}
