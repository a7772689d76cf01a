package config

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// DefaultPath is where config.toml is looked for: $XDG_CONFIG_HOME/todoku, or the system's own config folder.
func DefaultPath() (string, error) {
	if dir := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "todoku", "config.toml"), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the config: %w; set XDG_CONFIG_HOME or use --config", err)
	}
	return filepath.Join(dir, "todoku", "config.toml"), nil
}

// dataPath is where the store is kept unless the config says otherwise: $XDG_DATA_HOME/todoku, or where the system
// keeps a program's data.
func dataPath() (string, error) {
	dir, err := dataDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the mail: %w; set XDG_DATA_HOME or store in the config", err)
	}
	return filepath.Join(dir, "todoku", "todoku.db"), nil
}

func dataDir() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	switch runtime.GOOS {
	case "windows":
		if dir := os.Getenv("LocalAppData"); dir != "" {
			return dir, nil
		}
	case "darwin":
		return os.UserConfigDir() // ~/Library/Application Support is for both
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "share"), err
}

// StorePath is where the store of this config is: Store with ~/ expanded, or dataPath.
func (c Config) StorePath() (string, error) {
	if c.Store == "" {
		return dataPath()
	}
	rest, ok := strings.CutPrefix(c.Store, "~/")
	if !ok {
		return c.Store, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("store = %q: %w", c.Store, err)
	}
	return filepath.Join(home, rest), nil
}
