package catalog

import (
	"iter"
	"strings"
)

// Job is a task that people do with a phone system's data: a prompt with
// arguments and a plan that a model can follow.
type Job struct {
	Name, Title, Description string

	Arguments []JobArgument
	// Plan is the text, with {argument} where an argument goes.
	Plan string
}

// JobArgument is one argument of a job.
type JobArgument struct {
	Name, Description string

	Required bool
	Values   []string // what may be offered
	Source   *Source  // where names to offer come from; nil for nowhere
}

// Jobs returns every job, in the order of the document.
func Jobs() iter.Seq[*Job] {
	return func(yield func(*Job) bool) {
		for i := range jobs {
			if !yield(&jobs[i]) {
				return
			}
		}
	}
}

// Render puts the arguments into the plan. A line with an optional argument that
// was not given is left out. In a line with SQL quotes are doubled, as texts of SQL
// have them.
func (j *Job) Render(arguments map[string]string) string {
	var out strings.Builder
	for line := range strings.Lines(j.Plan) {
		skip := false
		for _, a := range j.Arguments {
			mark := "{" + a.Name + "}"
			if !strings.Contains(line, mark) {
				continue
			}
			value := strings.TrimSpace(arguments[a.Name])
			skip = skip || value == "" && !a.Required
			if strings.Contains(line, "`") {
				value = strings.ReplaceAll(value, "'", "''")
			}
			line = strings.ReplaceAll(line, mark, value)
		}
		if !skip {
			out.WriteString(line)
		}
	}
	return strings.TrimSpace(out.String())
}
