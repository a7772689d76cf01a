package config

import (
	"bytes"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// part is one expression of a file: a table's header, or a key with its value.
type part struct {
	start   int // offset of its line
	header  bool
	spoiled bool // the decoder would stop here: a wrong kind of value, or a second one
}

// part notes where an expression stands, and whether the decoder can take it. It takes keys that it does not know.
func (w *walker) part(e *unstable.Node, problems []Problem) {
	it := e.Key()
	if !it.Next() {
		return
	}
	key := int(it.Node().Raw.Offset)
	w.parts = append(w.parts, part{
		start:   bytes.LastIndexByte(w.data[:key], '\n') + 1,
		header:  e.Kind != unstable.KeyValue,
		spoiled: slices.ContainsFunc(problems, func(p Problem) bool { return p.Code != ProblemUnknown }),
	})
}

// rest is the file without what the decoder cannot take, so that the mistakes in the other values are found too. Lines
// and columns stay. A table with a spoiled header goes whole.
func (w *walker) rest() []byte {
	left := bytes.Clone(w.data)
	spoiled := false // the table
	for i, p := range w.parts {
		if p.header {
			spoiled = p.spoiled
		}
		if !spoiled && !p.spoiled {
			continue
		}
		end := len(left)
		if i+1 < len(w.parts) {
			end = w.parts[i+1].start
		}
		for at := p.start; at < end; at++ {
			if left[at] != '\n' {
				left[at] = ' '
			}
		}
	}
	return left
}

// unfounded reports a key said to be missing that stands in the file with a mistake of its own: in its name, in its value,
// or in its table.
func unfounded(missing Problem, found []Problem) bool {
	return missing.Code == ProblemMissing && slices.ContainsFunc(found, func(p Problem) bool {
		meant := p.Key
		if p.Suggest != "" {
			meant = p.Key[:strings.LastIndexByte(p.Key, '.')+1] + p.Suggest
		}
		return meant == missing.Key || strings.HasPrefix(missing.Key, meant+".")
	})
}
