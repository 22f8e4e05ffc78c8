package simulator

import "slices"

// AnswerFromSchemas makes all answers from their schemas.
func (s *Simulator) AnswerFromSchemas() { s.buildRoutes(nil) }

// AnswersWithoutPath returns the operations of answers that belong to no path.
func AnswersWithoutPath() []string {
	var out []string
	for operation := range answers {
		if !slices.ContainsFunc(routeTable, func(rt route) bool { return rt.operation == operation }) {
			out = append(out, operation)
		}
	}
	return out
}
