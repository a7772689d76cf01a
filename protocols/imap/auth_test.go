package imap

import (
	"context"
	"errors"
	"net"
	"testing"

	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// TestMechanisms logs in to Dovecot by each mechanism it offers.
func TestMechanisms(t *testing.T) {
	o, _ := dovecot(t, wire.TLSStart)
	for _, name := range []string{"auto", "scram-sha-256", "SCRAM-SHA-1", "cram_md5", "plain", "login"} {
		t.Run(name, func(t *testing.T) {
			o := o
			o.Auth = name
			mustDial(t, o)
			o.Credentials.Password = "wrong"
			_, err := Dial(testContext(t), o)
			var refused *Error
			if !errors.As(err, &refused) || refused.Code != "AUTHENTICATIONFAILED" || refused.Verb != "AUTHENTICATE" {
				t.Errorf("a wrong password: %v", err)
			}
		})
	}
}

func TestTokenRefused(t *testing.T) {
	o := play(t, "xoauth2-refused.txt")
	o.Credentials = sasl.Credentials{User: "mika", Token: "old"}
	_, err := Dial(testContext(t), o)
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != "AUTHENTICATIONFAILED" {
		t.Errorf("got %v", err)
	}
}

func TestImpostorIsRefused(t *testing.T) {
	o := play(t, "scram-impostor.txt")
	_, err := Dial(testContext(t), o)
	var we *wire.Error
	if !errors.As(err, &we) || we.Code != sasl.CodeServer {
		t.Errorf("a server that does not know the password: %v", err)
	}
}

// TestNoPlainPasswordOverTheNet: to a peer that is not this machine, no secret goes out without TLS.
func TestNoPlainPasswordOverTheNet(t *testing.T) {
	for _, file := range []string{"far-login.txt", "far-plain.txt"} {
		t.Run(file, func(t *testing.T) {
			o := play(t, file)
			o.Net.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, addr)
				return far{conn}, err
			}
			_, err := Dial(testContext(t), o)
			wantCode(t, err, wire.CodeAuthPlaintext)
		})
	}
}

// far is a connection to another machine, as far as anybody can see.
type far struct{ net.Conn }

func (far) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 143} }
