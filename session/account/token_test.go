package account

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"todoku/diag/explain"
	"todoku/internal/config"
)

// endpointVariable makes of this test program a token command: it asks the service at that URL and passes its answer on.
const endpointVariable = "TODOKU_TEST_TOKEN_ENDPOINT"

func TestMain(m *testing.M) {
	if at := os.Getenv(endpointVariable); at != "" {
		os.Exit(askForToken(at))
	}
	os.Exit(m.Run())
}

// askForToken prints the answer of a token service, as helpers do: as it came, or in words on standard error.
func askForToken(at string) int {
	answer, err := http.Get(at)
	if err != nil {
		return 2
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	if err != nil {
		return 2
	}
	if answer.StatusCode == http.StatusOK || strings.HasSuffix(at, "/json") {
		fmt.Println(string(body))
		return 0
	}
	fmt.Fprintf(os.Stderr, "cannot fetch a token: %s: %s\n", answer.Status, body)
	return 1
}

// TestTokenServicesSayWhy: a token command asks a token service that refuses; the error is the service's own.
func TestTokenServicesSayWhy(t *testing.T) {
	for _, code := range []string{
		"oauth.invalid-grant", "oauth.invalid-client", "oauth.unauthorized-client", "oauth.invalid-scope", "oauth.unsupported-grant-type",
		"oauth.unsupported-response-type", "oauth.access-denied", "oauth.interaction-required", "oauth.login-required",
		"oauth.consent-required", "oauth.server-error", "oauth.temporarily-unavailable", "oauth.authorization-pending", "oauth.slow-down",
		"oauth.expired-token",
	} {
		name := strings.ReplaceAll(strings.TrimPrefix(code, "oauth."), "-", "_")
		err := askService(t, "/", http.StatusBadRequest, `{"error":"`+name+`","error_description":"hunter2"}`)
		if d := explain.Error(err, explain.English); d.Code != code || d.Title == "" || strings.Contains(fmt.Sprintf("%+v %v", d, err), "hunter2") {
			t.Errorf("%s: %+v, %v", code, d, err)
		}
	}
}

// What is no token is not sent as one, and what names no error stays the command's failure.
func TestTokenCommandsWithoutAToken(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"invalid_grant"}`: "oauth.invalid-grant", `{"error":"hunter2"}`: "secret.command", `{"access_token":"hunter2"}`: "secret.command",
	} {
		err := askService(t, "/json", http.StatusBadRequest, body)
		var e *Error
		if !errors.As(err, &e) || e.Code != want || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	if err := askService(t, "/", http.StatusBadGateway, "my_invalid_grants hunter2"); explain.Find(err).Code != "secret.command" {
		t.Errorf("%v", err)
	}
}

// askService has a token command ask a service that answers so.
func askService(t *testing.T, path string, status int, body string) error {
	t.Helper()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	defer service.Close()
	t.Setenv(endpointVariable, service.URL+path)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Credentials(t.Context(), config.Account{Name: "mika", Address: "mika@sakura.test", OAuth: config.OAuth{TokenCommand: []string{self}}}, config.Server{})
	if err == nil {
		t.Fatalf("%+v is taken as a token", c)
	}
	return err
}
