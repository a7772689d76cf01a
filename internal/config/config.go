// Package config reads what the user wrote: config.toml, strictly, with every mistake named by line and column.
package config

// Config is the whole file with defaults filled in.
type Config struct {
	Lang       string            `toml:"lang"`   // "" follows the locale; "en", "ja"
	Store      string            `toml:"store"`  // path of the store; "" means $XDG_DATA_HOME/todoku/todoku.db or the system's place
	Editor     string            `toml:"editor"` // "" means $VISUAL, then $EDITOR
	UI         UI                `toml:"ui"`
	Keys       map[string]string `toml:"keys"` // action -> key
	ProbeHosts ProbeHosts        `toml:"probe_hosts"`
	Accounts   []Account         `toml:"account"`
}

// UI says how screens are drawn.
type UI struct {
	Theme     string `toml:"theme"`     // auto, dark, light, high-contrast
	Borders   string `toml:"borders"`   // auto, ascii
	Ambiguous string `toml:"ambiguous"` // narrow, wide: cells of East Asian ambiguous characters
	Mouse     bool   `toml:"mouse"`
	KeySet    string `toml:"key_set"` // todoku, mutt
}

// ProbeHosts are hosts beside those in question that may be asked about this device's line. Who names them agrees to
// that; by default there are none.
type ProbeHosts struct {
	Port25    []string `toml:"port25"`     // mail exchangers whose port 25 is tried when others are silent
	Page      string   `toml:"page"`       // "http://..": the same from everywhere, unless a captive portal answers for it
	PageHolds string   `toml:"page_holds"` // what the page holds; "" expects an empty answer with status 204
}

// Receive protocols.
const (
	ReceiveIMAP = "imap"
	ReceivePOP3 = "pop3"
)

// TLS modes of a server; never opportunistic.
const (
	TLSImplicit = "implicit"
	TLSStartTLS = "starttls"
	TLSNone     = "none"
)

// What happens to POP3 mail on the server.
const (
	LeaveKeep   = "keep"   // stays
	LeaveDays   = "days"   // is deleted LeaveDays after this store stored it
	LeaveDelete = "delete" // is deleted when it was deleted here
)

// Account is one mailbox and the way to send from it. A Server with an empty Host is not configured.
type Account struct {
	Name          string  `toml:"name"`
	Address       string  `toml:"address"`
	FullName      string  `toml:"full_name"`
	Receive       string  `toml:"receive"` // imap, pop3: the one opened first when both are there
	IMAP          Server  `toml:"imap"`
	POP3          Server  `toml:"pop3"`
	SMTP          Server  `toml:"smtp"`
	Secret        Secret  `toml:"secret"`
	OAuth         OAuth   `toml:"oauth"`
	LeaveOnServer string  `toml:"leave_on_server"`
	LeaveDays     int     `toml:"leave_days"`
	Folders       Folders `toml:"folders"`
	Signature     string  `toml:"signature"`
}

// Server is one host of an account.
type Server struct {
	Host string `toml:"host"`
	Port int    `toml:"port"` // 0 is filled from the protocol and the TLS mode
	TLS  string `toml:"tls"`  // implicit, starttls, none
	User string `toml:"user"` // "" is filled with the address
	Auth string `toml:"auth"` // "" lets the program choose the strongest; plain, login, cram-md5, scram-sha-1, scram-sha-256, xoauth2, oauthbearer, apop
}

// Secret says where the password is; exactly one way.
type Secret struct {
	Password        string   `toml:"password"`
	PasswordCommand []string `toml:"password_command"` // its first line of output
	PasswordEnv     string   `toml:"password_env"`
	Keyring         bool     `toml:"keyring"`
}

// String says which way it is and hides the password, so that none gets into a message by accident.
func (s Secret) String() string {
	switch {
	case s.Password != "":
		return "password in the settings"
	case len(s.PasswordCommand) > 0:
		return "password_command " + s.PasswordCommand[0]
	case s.PasswordEnv != "":
		return "password_env " + s.PasswordEnv
	case s.Keyring:
		return "keyring"
	}
	return "none"
}

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// OAuth gives access tokens; with it, no password is used.
type OAuth struct {
	TokenCommand []string `toml:"token_command"` // its first line of output is the access token
}

// Folders names folders by use; "" follows SPECIAL-USE (RFC 6154) and then the usual names.
type Folders struct {
	Sent    string `toml:"sent"`
	Drafts  string `toml:"drafts"`
	Trash   string `toml:"trash"`
	Archive string `toml:"archive"`
	Junk    string `toml:"junk"`
}
