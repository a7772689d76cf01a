package interop

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Issuer makes OAuth tokens that a Dovecot with its lines takes: JSON Web Tokens (RFC 7519) with HMAC and SHA-256.
type Issuer struct {
	Lines []string // for Dovecot's configuration
	key   []byte
}

// OAuth has Dovecot offer XOAUTH2 and OAUTHBEARER beside PLAIN, and take tokens of this issuer.
func OAuth(t testing.TB) *Issuer {
	t.Helper()
	dir := serverDir(t)
	i := &Issuer{key: []byte(rand.Text())}
	keys, conf := filepath.Join(dir, "default", "HS256"), filepath.Join(dir, "oauth2.conf")
	if err := os.MkdirAll(keys, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		filepath.Join(keys, "default"): base64.StdEncoding.EncodeToString(i.key),
		conf:                           "introspection_mode = local\nusername_attribute = sub\nlocal_validation_key_dict = fs:posix:prefix=" + dir + "/\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	i.Lines = []string{"auth_mechanisms = plain xoauth2 oauthbearer",
		"passdb {", "  driver = oauth2", "  mechanisms = xoauth2 oauthbearer", "  args = " + conf, "}"}
	return i
}

// Token is a user's, good until a time.
func (i *Issuer) Token(user string, until time.Time) string {
	encoded := base64.RawURLEncoding.EncodeToString
	claims := fmt.Sprintf(`{"sub":%q,"iat":%d,"exp":%d}`, user, until.Add(-time.Hour).Unix(), until.Unix())
	signed := encoded([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encoded([]byte(claims))
	mac := hmac.New(sha256.New, i.key)
	mac.Write([]byte(signed))
	return signed + "." + encoded(mac.Sum(nil))
}
