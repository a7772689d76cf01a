package mail

import "testing"

func TestListPost(t *testing.T) {
	for in, want := range map[string]string{
		"<mailto:dev@list.test>": "dev@list.test", "NO": "", "<http://x.test/>": "", "": "", "<mailto:a%2Bb@list.test?subject=x>": "a+b@list.test",
		"<mailto:not an address>": "", "<mailto:a@list.test": "a@list.test", "<MAILTO:dev@list.test> (Postings)": "dev@list.test",
	} {
		got, ok := Parse(crlf("List-Post: " + in + "\n\nx\n")).ListPost()
		if got.Addr != want || ok != (want != "") {
			t.Errorf("ListPost(%q) = %q, %v", in, got.Addr, ok)
		}
	}
}
