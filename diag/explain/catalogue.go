package explain

import (
	"embed"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:embed catalogue
var files embed.FS

// fact is what holds in every language.
type fact struct {
	Step    int    `toml:"step"`
	Who     string `toml:"who"`
	Retry   string `toml:"retry"`
	Refused bool   `toml:"refused"`
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
	facts = sync.OnceValue(func() map[string]fact { return read[fact]("facts") })
	en    = sync.OnceValue(func() map[string]words { return read[words]("en") })
	ja    = sync.OnceValue(func() map[string]words { return read[words]("ja") })
)

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
