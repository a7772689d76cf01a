package session

import (
	"errors"
	"sync"
	"time"

	"todoku/protocols/pop3"
)

const (
	// pollEvery is how often a server without IDLE, or one that speaks POP3, is asked for news.
	pollEvery = 2 * time.Minute
	// pollSeldom is the longest pause between two questions to a maildrop that is in use or wants fewer logins.
	pollSeldom = 30 * time.Minute
)

// polls knows how long to leave each account's POP3 server alone.
type polls struct {
	mu    sync.Mutex
	pause map[string]time.Duration
}

// every is the pause before the account's server is asked again.
func (p *polls) every(account string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(pollEvery, p.pause[account])
}

// heard notes how a session ended. Each [IN-USE], [LOGIN-DELAY] or [SYS/TEMP] (RFC 2449 section 8.1, RFC 3206) doubles
// the pause, anything else ends that; delay is the LOGIN-DELAY that the server announced (RFC 2449 section 6.5).
func (p *polls) heard(account string, delay time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pause == nil {
		p.pause = map[string]time.Duration{}
	}
	var refused *pop3.Error
	if errors.As(err, &refused) && refused.Temporary() {
		p.pause[account] = min(2*max(pollEvery, p.pause[account]), pollSeldom)
		return
	}
	p.pause[account] = delay
}
