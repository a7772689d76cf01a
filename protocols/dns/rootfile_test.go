package dns

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/protocols/wire"
)

// The hints in the source are IANA's: the file here is in the form that IANA gives them.
func TestParseRootHints(t *testing.T) {
	got, err := ParseRootHints(strings.NewReader("; root hints\n$TTL 3600\n.   3600000  NS  A.ROOT-SERVERS.TEST.\n" +
		"A.ROOT-SERVERS.TEST.  3600000  A  198.51.100.1\n\t3600000 AAAA 2001:db8::1 ; and again\n.  NS b.root-servers.test.\r\nb.root-servers.test. 1 IN A 198.51.100.2\n"))
	want := []wire.RootHint{
		{Name: "a.root-servers.test", Addrs: []netip.Addr{netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("2001:db8::1")}},
		{Name: "b.root-servers.test", Addrs: []netip.Addr{netip.MustParseAddr("198.51.100.2")}},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestParseTrustAnchor(t *testing.T) {
	// KSK-2017 as BIND's configuration and as a zone file have it: its digest is the anchor in the source.
	const key = "AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh4+B5xQlNVz8Og8kv" +
		"ArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eNbuv7pr+e" +
		"oZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwN" +
		"R1AkUTV74bU="
	want := anchors(internetAnchor[:1])[0].String()
	for name, text := range map[string]string{
		"DS":      internetAnchor[0],
		"DNSKEY":  ". 172800 IN DNSKEY 257 3 8 (\n  " + key[:100] + "\n " + key[100:] + " ) ; KSK-2017\n. IN DNSKEY 256 3 8 " + key,
		"BIND":    "trust-anchors {\n  . initial-key 257 3 8 \"" + key[:60] + "\n   " + key[60:] + "\";\n};",
		"BIND ds": "trust-anchors { \".\" static-ds 20326 8 2 \"" + strings.Fields(internetAnchor[0])[6] + "\"; };",
		"unbound": "trust-anchor: \"" + internetAnchor[0] + "\"\n",
	} {
		got, err := ParseTrustAnchor(strings.NewReader(text))
		if err != nil || len(got) != 1 || !equalRecord(got[0], want) {
			t.Errorf("%s: %v %v, want %s", name, got, err, want)
		}
	}
}

// equalRecord compares without times to live.
func equalRecord(a, b string) bool {
	x, y := anchors([]string{a}), anchors([]string{b})
	return len(x) == 1 && len(y) == 1 && x[0].KeyTag == y[0].KeyTag && strings.EqualFold(x[0].Digest, y[0].Digest)
}

func TestRootFileMistakes(t *testing.T) {
	hints := func(s string) error { _, err := ParseRootHints(strings.NewReader(s)); return err }
	anchor := func(s string) error { _, err := ParseTrustAnchor(strings.NewReader(s)); return err }
	for _, c := range []struct {
		err  error
		code string
		line int
	}{
		{hints("\n. NS a.test.\na.test. A 1.2.3\n"), codeRootSyntax, 3},
		{hints(". NS a.test.\nb.test. A 192.0.2.1\n"), codeRootType, 2},
		{hints("test. NS a.test.\n"), codeRootZone, 1},
		{hints(". NS a.test.\n"), codeRootEmpty, 0},
		{hints("; nothing"), codeRootEmpty, 0},
		{hints(". MX 5 a.test."), codeRootType, 1},
		{hints(". NS (\na.test."), codeRootSyntax, 1},
		{hints(strings.Repeat("\n", maxRootFile+1)), codeRootLong, 0},
		{anchor("; none\n\ntest. DS 1 8 2 AA"), codeRootZone, 3},
		{anchor(". DS 1 8"), codeRootSyntax, 1},
		{anchor(". NS a.test."), codeRootType, 1},
		{anchor(". DNSKEY 257 3 8 !!!!"), codeRootSyntax, 1},
		{anchor(""), codeRootEmpty, 0},
	} {
		var e *RootFileError
		if !errors.As(c.err, &e) || e.Code != c.code || e.Line != c.line {
			t.Errorf("%v, want %s at line %d", c.err, c.code, c.line)
		}
	}
}
