package imap

import (
	"bufio"
	"fmt"
	"strings"
	"testing"

	"todoku/internal/mail"
	"todoku/protocols/wire"
)

// A server that counts four thousand million messages and gives the same three to every question must not be asked
// for them until the end of days.
func TestCountThatIsNotTrue(t *testing.T) {
	row := "* %d FETCH (UID %d FLAGS () INTERNALDATE \"01-Jan-2026 10:00:00 +0000\" RFC822.SIZE 9 BODY[HEADER.FIELDS (SUBJECT)] {0}\r\n)\r\n"
	same := fmt.Sprintf(row, 1, 1) + fmt.Sprintf(row, 2, 2)
	for name, rows := range map[string]string{"none": "", "the same": same} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan int, 1)
			c := mustDial(t, counting(t, 4294967295, rows, asked))
			mustOpen(t, c, "INBOX")
			got := 0
			err := c.List(testContext(t), func(rows []mail.Message) error { got += len(rows); return nil })
			wantCode(t, err, wire.CodeGarbled)
			if want := strings.Count(rows, "FETCH"); got != want {
				t.Errorf("%d rows were given, want %d", got, want)
			}
			c.Close()
			if n := <-asked; n > maxBarren+2 {
				t.Errorf("%d questions were asked", n)
			}
		})
	}
}

func TestTwentyThousandFolders(t *testing.T) {
	ln := listen(t)
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		w := bufio.NewWriter(conn)
		answer(r, w, func(verb string) {
			for i := range 20_000 {
				if verb == "LIST" {
					name := fmt.Sprintf("Projects and customers/%d/%s", i, strings.Repeat("long name ", 10))
					fmt.Fprintf(w, "* LIST (\\HasNoChildren \\UnMarked) \"/\" \"%s\"\r\n* STATUS \"%s\" (MESSAGES 5 UNSEEN 1 UIDVALIDITY 7 UIDNEXT 99)\r\n", name, name)
				}
			}
		})
	}()
	c := mustDial(t, account(wire.TLSNone, nil).at(t, ln.Addr().String()))
	folders, err := c.Folders(testContext(t))
	if err != nil || len(folders) != 20_000 || folders[19_999].Total != 5 {
		t.Errorf("%d folders, %v", len(folders), err)
	}
}

// counting is a server whose INBOX has so many messages and whose FETCH gives rows. It tells how often it was asked.
func counting(t *testing.T, exists uint32, rows string, asked chan<- int) Options {
	ln := listen(t)
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		n := 0
		w := bufio.NewWriter(conn)
		answer(bufio.NewReader(conn), w, func(verb string) {
			switch verb {
			case "SELECT":
				fmt.Fprintf(w, "* %d EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n", exists)
			case "FETCH":
				n++
				fmt.Fprint(w, rows)
			}
		})
		asked <- n
	}()
	return account(wire.TLSNone, nil).at(t, ln.Addr().String())
}

// answer greets and says OK to every command, after what tell writes for its verb.
func answer(r *bufio.Reader, w *bufio.Writer, tell func(verb string)) {
	fmt.Fprintf(w, "* OK here\r\n")
	for {
		if w.Flush() != nil {
			return
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		words := strings.Fields(line)
		if words[1] == "CAPABILITY" {
			fmt.Fprintf(w, "* CAPABILITY IMAP4rev1 LIST-STATUS LIST-EXTENDED\r\n")
		}
		tell(words[1])
		fmt.Fprintf(w, "%s OK done\r\n", words[0])
	}
}
