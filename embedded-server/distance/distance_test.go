package distance

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const rtt = 30 * time.Millisecond

// serve runs talk for each connection of a far listener.
func serve(t *testing.T, d *Distance, talk func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	far := d.Listener(l, "mail.test")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := far.Accept()
			if err != nil {
				return
			}
			talk(c)
			c.Close()
		}
	}()
	t.Cleanup(func() {
		far.Close()
		<-done
		d.Wait()
	})
	return l.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

// echo greets and sends every line back.
func echo(c net.Conn) {
	io.WriteString(c, "hello\n")
	lines := bufio.NewScanner(c)
	for lines.Scan() {
		io.WriteString(c, lines.Text()+"\n")
	}
}

func lines(t *testing.T, r *bufio.Reader, want ...string) {
	t.Helper()
	for _, w := range want {
		if got, err := r.ReadString('\n'); err != nil || got != w+"\n" {
			t.Fatalf("%q, want %q: %v", got, w, err)
		}
	}
}

func TestOneAfterAnotherEachCostsARoundTrip(t *testing.T) {
	d := &Distance{RTT: rtt}
	addr := serve(t, d, echo)
	began := time.Now()
	c := dial(t, addr)
	r := bufio.NewReader(c)
	lines(t, r, "hello")
	for _, s := range []string{"a", "b", "c"} {
		io.WriteString(c, s+"\n")
		lines(t, r, s)
	}
	if took := time.Since(began); took < 5*rtt {
		t.Errorf("connect, greeting and three commands took %v", took)
	}
	if n := DependentRoundTrips(d.Exchanges(began)); n != 5 {
		t.Errorf("%d dependent round trips: %+v", n, d.Exchanges(began))
	}
	if n := len(d.Exchanges(time.Now())); n != 0 {
		t.Errorf("%d exchanges began after now", n)
	}
}

func TestAPipelineSharesARoundTrip(t *testing.T) {
	d := &Distance{RTT: rtt}
	addr := serve(t, d, echo)
	began := time.Now()
	c := dial(t, addr)
	r := bufio.NewReader(c)
	lines(t, r, "hello")
	io.WriteString(c, "a\nb\nc\n")
	lines(t, r, "a", "b", "c")
	if n := DependentRoundTrips(d.Exchanges(began)); n != 3 {
		t.Errorf("%d dependent round trips: %+v", n, d.Exchanges(began))
	}
}

func TestSideBySideCountsOnce(t *testing.T) {
	d := &Distance{RTT: rtt}
	addr := serve(t, d, func(c net.Conn) { io.WriteString(c, "hello\n") })
	began := time.Now()
	for _, c := range []net.Conn{dial(t, addr), dial(t, addr), dial(t, addr)} {
		lines(t, bufio.NewReader(c), "hello")
	}
	if n := DependentRoundTrips(d.Exchanges(began)); n != 2 || len(d.Exchanges(began)) != 6 {
		t.Errorf("%d dependent round trips: %+v", n, d.Exchanges(began))
	}
}

func TestWhatIsWrittenArrivesWholeAndInOrder(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 3*maxUnderWay/16)
	addr := serve(t, &Distance{RTT: time.Millisecond}, func(c net.Conn) {
		for rest := big; len(rest) > 0; rest = rest[min(len(rest), 100_001):] {
			if _, err := c.Write(rest[:min(len(rest), 100_001)]); err != nil {
				t.Error(err)
			}
		}
		c.Close()
		if _, err := c.Write([]byte("x")); err == nil {
			t.Error("wrote after Close")
		}
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("read after Close")
		}
	})
	got, err := io.ReadAll(dial(t, addr))
	if err != nil || !bytes.Equal(got, big) {
		t.Fatalf("%d octets of %d, %v", len(got), len(big), err)
	}
}

func TestCloseEndsAReadUnderWay(t *testing.T) {
	ended := make(chan error, 1)
	addr := serve(t, &Distance{RTT: rtt}, func(c net.Conn) {
		io.WriteString(c, "bye\n") // still under way when it is closed
		reading := make(chan struct{})
		go func() {
			close(reading)
			_, err := c.Read(make([]byte, 1))
			ended <- err
		}()
		<-reading
		c.Close()
	})
	c := dial(t, addr)
	if err := <-ended; err == nil {
		t.Error("the read gave something")
	}
	if got, err := io.ReadAll(c); err != nil || string(got) != "bye\n" {
		t.Errorf("%q %v", got, err)
	}
}

func TestAListenerClosedDuringHandshakes(t *testing.T) {
	d := &Distance{RTT: time.Hour}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	far := d.Listener(l, "mail.test")
	c := dial(t, l.Addr().String())
	far.Close()
	if _, err := far.Accept(); err == nil {
		t.Error("accepted after Close")
	}
	d.Wait()
	if got, err := io.ReadAll(c); len(got) > 0 {
		t.Errorf("%q %v", got, err)
	}
}

func TestDatagrams(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &Distance{RTT: rtt}
	far := d.PacketConn(pc, "ns.test")
	defer far.Close()
	go func() {
		p := make([]byte, 512)
		for {
			n, from, err := far.ReadFrom(p)
			if err != nil {
				return
			}
			far.WriteTo([]byte(strings.ToUpper(string(p[:n]))), from)
		}
	}()
	c, err := net.Dial("udp", pc.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	began := time.Now()
	for range 2 {
		io.WriteString(c, "\x01\x02question")
		p := make([]byte, 512)
		if n, err := c.Read(p); err != nil || string(p[:n]) != "\x01\x02QUESTION" {
			t.Fatalf("%q %v", p[:n], err)
		}
	}
	if took := time.Since(began); took < 2*rtt {
		t.Errorf("two questions took %v", took)
	}
	if n := DependentRoundTrips(d.Exchanges(began)); n != 2 {
		t.Errorf("%d dependent round trips: %+v", n, d.Exchanges(began))
	}
}

func TestDependentRoundTripsIsTheLongestChain(t *testing.T) {
	at := func(from, to int) Exchange {
		return Exchange{Began: time.UnixMilli(int64(from)), Ended: time.UnixMilli(int64(to))}
	}
	for _, c := range []struct {
		name string
		all  []Exchange
		want int
	}{
		{"none", nil, 0},
		{"one", []Exchange{at(0, 20)}, 1},
		{"one after another, given out of order", []Exchange{at(40, 60), at(0, 20), at(20, 40)}, 3},
		{"a long one beside three", []Exchange{at(0, 100), at(0, 20), at(25, 45), at(50, 70)}, 3},
		{"overlapping by a little", []Exchange{at(0, 20), at(19, 39), at(20, 40)}, 2},
	} {
		if got := DependentRoundTrips(c.all); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
