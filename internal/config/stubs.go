package config

// Decode reads a config; the Config is usable only without problems.
func Decode(data []byte, file string) (Config, []Problem) { return Config{}, nil }

// Load reads the file at path; a missing one gives the defaults and no problem.
func Load(path string) (Config, []Problem) { return Config{}, nil }

// Default is the configuration of an empty file.
func Default() Config { return Config{} }

// DefaultPath is where config.toml is looked for.
func DefaultPath() (string, error) { return "", nil }

// DataPath is where the store is kept unless the config says otherwise.
func DataPath() (string, error) { return "", nil }

// AppendAccount adds an account to the text of a config without touching the rest.
func AppendAccount(text []byte, a Account) []byte { return nil }
