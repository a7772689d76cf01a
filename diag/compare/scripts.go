package compare

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"

	"github.com/pelletier/go-toml/v2"
)

//go:embed scripts.toml
var scriptsFile []byte

// Scripts gives the scripts in their order; the first is run where none is named. An error means that the file in this
// program is broken; a test reads it.
func Scripts() ([]Script, error) {
	var file struct {
		Mail    []Letter `toml:"mail"`
		Scripts []Script `toml:"script"`
	}
	if err := toml.NewDecoder(bytes.NewReader(scriptsFile)).DisallowUnknownFields().Decode(&file); err != nil {
		return nil, fmt.Errorf("scripts.toml: %w", err)
	}
	for i := range file.Scripts {
		s := &file.Scripts[i]
		s.Mail = append(slices.Clone(file.Mail), s.Mail...)
		if s.Leave == "" {
			s.Leave = "keep"
		}
	}
	return file.Scripts, nil
}

// ScriptNamed gives the script; "" names the first. false: there is none.
func ScriptNamed(name string) (Script, bool, error) {
	all, err := Scripts()
	if err != nil {
		return Script{}, false, err
	}
	for _, s := range all {
		if s.Name == name || name == "" {
			return s, true, nil
		}
	}
	return Script{}, false, nil
}
