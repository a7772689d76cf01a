package explain

import (
	"embed"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:embed catalogue/*.toml
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

// read decodes an embedded catalogue; a test proves that all of them decode.
func read[T any](name string) map[string]T {
	data, err := files.ReadFile("catalogue/" + name + ".toml")
	if err != nil {
		panic(err)
	}
	var all map[string]T
	if err := toml.Unmarshal(data, &all); err != nil {
		panic(err)
	}
	return all
}
