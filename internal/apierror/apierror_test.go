package apierror_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"zoom-phone-mcp/internal/apierror"
)

func TestTextSaysEverythingThatIsKnown(t *testing.T) {
	none, some := 0, 7
	for _, c := range []struct {
		what  string
		error apierror.Error
		want  string
	}{
		{"the least", apierror.Error{Kind: apierror.Internal, Message: "it broke"}, "internal: it broke"},
		{"problems", apierror.Error{Kind: apierror.InvalidParams, Message: "2 problems", Problems: []apierror.Problem{
			{Param: "status", Message: "not one of a, b", Nearest: []string{"a"}}, {Message: "too much", Nearest: []string{"b", "c"}}, {Param: "to", Message: "missing"},
		}}, "invalid_params: 2 problems\n- status: not one of a, b (nearest: a)\n- too much (nearest: b, c)\n- to: missing"},
		{"everything", apierror.Error{
			Kind: apierror.RateLimited, Message: "no turn", Hint: "Wait.", Method: "m", Nearest: []string{"n1", "n2"}, Signature: "m(a)", Example: json.RawMessage(`{"method":"m"}`),
			Scopes: []string{"s1", "s2"}, Missing: []string{"V1", "V2"}, HTTPStatus: 429, ZoomCode: 300, ZoomMessage: `a "b"`, TrackingID: "t", RetryAt: "2026-03-14T00:00:00Z",
			Budget: &apierror.Budget{Label: "HEAVY", Plan: "pro", Limit: "10/s", Waiting: 3, DailyLimit: 100, DailyRemaining: &some, DailyResetsAt: "2026-03-15T00:00:00Z"},
		}, `rate_limited: no turn
Nearest: n1, n2
Hint: Wait.
Missing settings: V1, V2
Missing scopes: s1, s2
Try again after: 2026-03-14T00:00:00Z
Budget: HEAVY, 10/s on the plan pro, 3 waiting, 7 of 100 left today, new ones at 2026-03-15T00:00:00Z
Signature: m(a)
Example: {"method":"m"}
Zoom answered: HTTP 429, code 300, "a \"b\"", tracking id t`},
		{"a budget with nothing left", apierror.Error{
			Kind: apierror.RateLimited, Message: "used up", Budget: &apierror.Budget{Label: "HEAVY", DailyLimit: 100, DailyRemaining: &none, DailyResetsAt: "2026-03-15T00:00:00Z"},
		}, "rate_limited: used up\nBudget: HEAVY, 0 of 100 left today, new ones at 2026-03-15T00:00:00Z"},
	} {
		if got := c.error.Text(); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.what, got, c.want)
		}
	}
}

func TestMessageOfAnErrorHasItsProblems(t *testing.T) {
	e := apierror.New(apierror.InvalidParams, "%d problems", 2)
	e.Problems = []apierror.Problem{{Param: "to", Message: "missing"}, {Message: "too much"}}
	if got, want := e.Error(), "invalid_params: 2 problems: to: missing; too much"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnErrorShowsTheFirstProblemsAndTheirNumber(t *testing.T) {
	long := strings.Repeat("\u00fc", 1<<20)
	var many, large apierror.Problems
	for i := range 280_000 {
		many = append(many, apierror.Problem{Param: fmt.Sprint("k", i), Message: "no such parameter"})
	}
	for range 50 {
		large = append(large, apierror.Problem{Param: long, Message: long, Nearest: []string{long, long}})
	}
	for what, problems := range map[string]apierror.Problems{"many": many, "large": large, "one, and that large": large[:1]} {
		e := &apierror.Error{Kind: apierror.InvalidParams, Message: "wrong", Problems: problems}
		document, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		for form, text := range map[string]string{"Text": e.Text(), "Error": e.Error(), "JSON": string(document)} {
			if len(text) > 20<<10 || !utf8.ValidString(text) {
				t.Errorf("%s, %s: %d bytes, valid %t", what, form, len(text), utf8.ValidString(text))
			}
			if what == "many" && (!strings.Contains(text, "k19") || strings.Contains(text, "k20") || !strings.Contains(text, "and 279980 more")) {
				t.Errorf("%s, %s: got %.200s\u2026, want the first 20 and the number of the others", what, form, text)
			}
		}
	}
}

func TestEveryErrorBecomesAFault(t *testing.T) {
	known := &apierror.Error{Kind: apierror.Timeout, Message: "late", Err: context.DeadlineExceeded}
	for _, c := range []struct {
		what string
		err  error
		want *apierror.Error
	}{
		{"a fault", known, known},
		{"a fault in another error", fmt.Errorf("call: %w", known), known},
		{"a fault among others", errors.Join(errors.New("a"), known), known},
	} {
		if got := apierror.From(c.err); got != c.want {
			t.Errorf("%s: got %v, want %v itself", c.what, got, c.want)
		}
	}
	if !errors.Is(known, context.DeadlineExceeded) {
		t.Error("got a fault without its cause, want errors.Is to find it")
	}
	other := errors.New("a pipe broke")
	if got := apierror.From(other); got.Kind != apierror.Internal || got.Message != "a pipe broke" || !errors.Is(got, other) {
		t.Errorf("another error: got %v, want kind %s with its text and cause", got, apierror.Internal)
	}
	if got := apierror.From(nil); got != nil {
		t.Errorf("nil: got %v, want nil", got)
	}
}
