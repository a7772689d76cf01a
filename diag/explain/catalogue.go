package explain

import (
	"cmp"
	"embed"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"

	"todoku/diag/reason"
)

//go:embed catalogue
var files embed.FS

// fact is what holds in every language. An entry that is Like another one takes from it what it does not say itself.
type fact struct {
	Step    int      `toml:"step"`
	Who     string   `toml:"who"`
	Retry   string   `toml:"retry"`
	Refused bool     `toml:"refused"`
	Why     string   `toml:"why"`   // "RFC 5321 section 4.2.3"
	Words   []string `toml:"words"` // by which people and programs name it, in lower case
	Like    string   `toml:"like"`
}

// words are one entry in one language.
type words struct {
	Title  string   `toml:"title"`
	Act    string   `toml:"act"`
	Means  string   `toml:"means"`
	Likely []string `toml:"likely"`
	Do     []string `toml:"do"`
}

var (
	facts = sync.OnceValue(func() map[string]fact { return complete(read[fact]("facts")) })
	en    = sync.OnceValue(func() map[string]words { return completeWords(read[words]("en"), facts()) })
	ja    = sync.OnceValue(func() map[string]words { return completeWords(read[words]("ja"), facts()) })
)

// complete gives the entries of reasons who must act and where, as package reason knows it, and the others what they are
// like. Nobody tries a refusal again unless the reply itself says otherwise.
func complete(all map[string]fact) map[string]fact {
	for code, f := range all {
		if why, ok := strings.CutPrefix(code, "reason."); ok {
			why, step := reasonAndStep(why)
			f.Step, f.Who = why.Place(step)
			f.Retry, f.Refused = cmp.Or(f.Retry, RetryNever), why != reason.None
			if step != 0 {
				f.Like = cmp.Or(f.Like, "reason."+string(why))
			}
			all[code] = f
		}
	}
	for code, f := range all {
		if from, ok := all[f.Like]; ok && f.Who == "" {
			f.Who, f.Retry, f.Refused = from.Who, cmp.Or(f.Retry, from.Retry), from.Refused
			f.Step = cmp.Or(f.Step, from.Step)
			all[code] = f
		}
	}
	return all
}

// reasonAndStep takes "relay.3" apart: what relay means when it was said at step 3.
func reasonAndStep(code string) (reason.Reason, int) {
	why, step, _ := strings.Cut(code, ".")
	if step == "" {
		return reason.Reason(why), 0
	}
	return reason.Reason(why), int(step[0] - '0')
}

func completeWords(all map[string]words, facts map[string]fact) map[string]words {
	for code := range all {
		all[code] = inherit(all, facts, code)
	}
	return all
}

// maxLike bounds how far an entry is like one that is like another.
const maxLike = 3

func inherit(all map[string]words, facts map[string]fact, code string) words {
	w := all[code]
	for range maxLike {
		from, ok := all[facts[code].Like]
		if !ok {
			break
		}
		w.Title, w.Act, w.Means = cmp.Or(w.Title, from.Title), cmp.Or(w.Act, from.Act), cmp.Or(w.Means, from.Means)
		if w.Do == nil && w.Likely == nil {
			w.Do, w.Likely = from.Do, from.Likely
		}
		code = facts[code].Like
	}
	return w
}

func catalogue(lang Lang) map[string]words {
	if lang == Japanese {
		return ja()
	}
	return en()
}

// read decodes an embedded catalogue, one file a topic; a test proves that all of them decode.
func read[T any](name string) map[string]T {
	topics, err := files.ReadDir("catalogue/" + name)
	if err != nil {
		panic(err)
	}
	all := map[string]T{}
	for _, topic := range topics {
		data, err := files.ReadFile("catalogue/" + name + "/" + topic.Name())
		if err != nil {
			panic(err)
		}
		var some map[string]T
		if err := toml.Unmarshal(data, &some); err != nil {
			panic(err)
		}
		for code, entry := range some {
			if _, twice := all[code]; twice {
				panic("the catalogue has " + code + " twice")
			}
			all[code] = entry
		}
	}
	return all
}
