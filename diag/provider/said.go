package provider

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// What a server's words at the login mean.
const (
	SaysApp    = "app-password" // it wants an app password
	SaysWeb    = "web"          // log in on the web page first
	SaysOff    = "off"          // the protocol is switched off
	SaysOAuth  = "oauth"        // the password is blocked in favour of OAuth
	SaysLocked = "locked"       // too many tries
)

// Said is what a server's words at the login mean where its code does not say it.
type Said struct {
	Dated string `toml:"dated"`
	Words string `toml:"words"` // a regular expression for the words in lower case
	Means string `toml:"means"`
}

// Reading is a login's refusal, read by its words. Provider is "" where several say so.
type Reading struct{ Means, Provider, Dated string }

//go:embed said.toml
var commonSaid string

type saying struct {
	words *regexp.Regexp
	Reading
}

// sayings are those of each provider and then those of several, as a test proves that they compile.
var sayings = sync.OnceValue(func() []saying {
	var common struct {
		Said []Said `toml:"said"`
	}
	if err := toml.NewDecoder(strings.NewReader(commonSaid)).DisallowUnknownFields().Decode(&common); err != nil {
		panic("said.toml: " + err.Error())
	}
	var all []saying
	add := func(some []Said, provider string) {
		for _, s := range some {
			all = append(all, saying{regexp.MustCompile(s.Words), Reading{s.Means, provider, s.Dated}})
		}
	}
	for _, p := range loaded() {
		add(p.Said, p.Name)
	}
	add(common.Said, "")
	return all
})

// ReadRefusal reads what a server said when it refused a login.
func ReadRefusal(said string) (Reading, bool) {
	said = strings.ToLower(said)
	for _, s := range sayings() {
		if s.words.MatchString(said) {
			return s.Reading, true
		}
	}
	return Reading{}, false
}
