package simulator_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"zoom-phone-mcp/internal/simulator"
)

// FuzzFaultScript holds that a script is refused with a reason, or can be taken:
// the faults are shown as they were written, and what is shown is a script of
// the same faults.
func FuzzFaultScript(f *testing.F) {
	for _, s := range []string{
		`[{"fault":"daily_limit","path":"/v2/phone/call_history","retry_after":"seconds"},{"fault":"reset","rate":0.05,"seed":7}]`,
		`{"status":418,"body":"{}","header":{"Retry-After":"3","X-A":["1","2"],"X-B":null,"":[]},"delay":"250ms","skip":2,"count":1}`,
		`{"fault":"clock_skew","skew":"-1h30m"}`, `{"fault":"redirect_host","to":"http://localhost:1"}`, `{"path":"/v2/[a-"}`, `{"path":"/**"}`, `{"delay":"9999999h"}`,
		`null`, `[]`, `[null]`, `{"FAULT":"html","Fault":"slow"}`, `{"seed":18446744073709551615,"rate":1e-320}`, `{"skew":"","scopes":[],"bytes":9223372036854775807}`, `{"status":200,"body":"\ud800"}`,
	} {
		f.Add([]byte(s))
	}
	for _, info := range simulator.FaultInfos() {
		f.Add([]byte(`{"fault":"` + info.Name + `","count":1,"bytes":10}`))
	}
	a := newAccount(&testing.T{}, simulator.Options{FaultControl: true})
	f.Fuzz(func(t *testing.T, script []byte) {
		a.t = t
		faults, err := simulator.ParseFaults(script)
		if err != nil {
			if err.Error() == "" || !utf8.ValidString(err.Error()) && utf8.Valid(script) || len(err.Error()) > 2000+20*len(script) {
				t.Errorf("%q: %v", script, err)
			}
			return
		}
		if len(faults) > 100 {
			return
		}
		defer a.ClearFaults()
		shown := func() []byte {
			t.Helper()
			var list struct {
				Faults []map[string]json.RawMessage
			}
			if err := json.Unmarshal(a.control(http.MethodGet, "/_faults", "", nil).Body.Bytes(), &list); err != nil {
				t.Fatal(err)
			}
			for _, f := range list.Faults {
				delete(f, "id")
				delete(f, "seen")
				delete(f, "applied")
			}
			text, err := json.Marshal(list.Faults)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		for _, fault := range faults {
			a.Inject(fault) // panics at one that makes no sense
		}
		first := shown()
		again, err := simulator.ParseFaults(first)
		if err != nil || len(again) != len(faults) {
			t.Fatalf("%q is shown as %s: %v", script, first, err)
		}
		for i := range again {
			if !reflect.DeepEqual(plainFault(again[i]), plainFault(faults[i])) {
				t.Errorf("%q: %+v is shown as %+v", script, faults[i], again[i])
			}
		}
		a.ClearFaults()
		if rec := a.control(http.MethodPost, "/_faults", string(first), nil); rec.Code != http.StatusCreated || !reflect.DeepEqual(shown(), first) {
			t.Errorf("%s, sent again: %d %s", first, rec.Code, rec.Body)
		}
		// None of them stands in the way of what it does not fit.
		for _, fault := range faults {
			if fault.Method == "" || strings.EqualFold(fault.Method, http.MethodGet) {
				return
			}
		}
		if rec := a.do("/settings", nil); rec.Code != http.StatusOK {
			t.Errorf("%q: %d", script, rec.Code)
		}
	})
}

// plainFault takes away the difference between nothing and an empty list.
func plainFault(f simulator.Fault) simulator.Fault {
	if len(f.Header) == 0 {
		f.Header = nil
	}
	if len(f.Scopes) == 0 {
		f.Scopes = nil
	}
	return f
}
