package zoom

import (
	"fmt"
	"strings"
	"time"
)

// Rate is how many calls Zoom takes in a while. The zero Rate is no limit.
type Rate struct {
	Calls int
	Per   time.Duration
}

// String says a rate for people: 20/s, 5/min.
func (r Rate) String() string {
	switch {
	case r.Calls == 0:
		return ""
	case r.Per == time.Second:
		return fmt.Sprintf("%d/s", r.Calls)
	case r.Per == time.Minute:
		return fmt.Sprintf("%d/min", r.Calls)
	}
	return fmt.Sprintf("%d/%s", r.Calls, r.Per)
}

// Plan holds the rate limits of an account. They are shared by every app on the
// account, and no call of Zoom tells which plan an account has.
type Plan struct {
	Name                                    string
	Light, Medium, Heavy, ResourceIntensive Rate
	// Daily is how many HEAVY and RESOURCE-INTENSIVE calls together Zoom takes
	// in a UTC day; zero is no limit.
	Daily int
}

// Pro is the smallest plan with an API, and the default.
func Pro() Plan {
	return Plan{
		Name:              "pro",
		Light:             Rate{20, time.Second},
		Medium:            Rate{10, time.Second},
		Heavy:             Rate{5, time.Second},
		ResourceIntensive: Rate{5, time.Minute},
		Daily:             15_000,
	}
}

// Business stands for Business, Enterprise and Education accounts.
func Business() Plan {
	return Plan{
		Name:              "business",
		Light:             Rate{40, time.Second},
		Medium:            Rate{20, time.Second},
		Heavy:             Rate{10, time.Second},
		ResourceIntensive: Rate{10, time.Minute},
		Daily:             30_000,
	}
}

// Unlimited paces nothing and counts nothing; what Zoom itself answers about
// limits is still obeyed.
func Unlimited() Plan { return Plan{Name: "none"} }

// PlanNamed returns the plan of a name: pro, business or none, in any letter case.
func PlanNamed(name string) (Plan, error) {
	switch strings.ToLower(name) {
	case "pro":
		return Pro(), nil
	case "business":
		return Business(), nil
	case "none":
		return Unlimited(), nil
	}
	return Plan{}, fmt.Errorf("zoom: no plan %q: pro, business or none", name)
}

// Zoom's rate-limit labels.
const (
	light             = "LIGHT"
	medium            = "MEDIUM"
	heavy             = "HEAVY"
	resourceIntensive = "RESOURCE-INTENSIVE"
)
