package logsink

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
)

// isPoison tells whether a batch is refused for what is in it, so that it would be
// refused for ever.
func isPoison(err error) bool {
	var invalid *types.InvalidParameterException
	return errors.As(err, &invalid)
}

// passing are the answers that go away by themselves.
var passing = map[string]bool{
	"Throttling": true, "ThrottlingException": true, "ThrottledException": true, "RequestLimitExceeded": true, "TooManyRequestsException": true,
	"ServiceUnavailableException": true, "ServiceUnavailable": true, "InternalFailure": true, "InternalServerException": true,
	"OperationAbortedException": true, "RequestTimeout": true, "RequestTimeoutException": true,
}

// strangers are the answers to keys that the service does not know.
var strangers = map[string]bool{
	"UnrecognizedClientException": true, "InvalidClientTokenId": true, "InvalidSignatureException": true, "SignatureDoesNotMatch": true,
	"IncompleteSignature": true, "MissingAuthenticationToken": true, "MissingAuthenticationTokenException": true,
	"ExpiredToken": true, "ExpiredTokenException": true, "RequestExpired": true,
}

func (c *cloudWatch) explain(err error) trouble {
	where := "CloudWatch Logs (group " + c.group + ")"
	var refusal smithy.APIError
	var answer *awshttp.ResponseError
	var network net.Error
	switch {
	case errors.As(err, &refusal):
		code := refusal.ErrorCode()
		t := trouble{kind: code, slow: true, what: where + " refuses what it is given", fix: "see what the answer says"}
		switch {
		case isPoison(err):
			t.what = where + " refuses a batch of lines, which are dropped"
		case strings.HasPrefix(code, "AccessDenied"):
			t.what = where + " does not let this agent in"
			t.fix = "allow logs:PutLogEvents, logs:CreateLogStream and logs:CreateLogGroup on the group to the role or user of the agent"
		case strangers[code]:
			t.what = where + " does not accept the credentials of this agent"
			t.fix = "see AWS_ACCESS_KEY_ID and its kin, the profile or the role, and whether the clock is right"
		case passing[code], errors.As(err, &answer) && (answer.HTTPStatusCode() >= 500 || answer.HTTPStatusCode() == http.StatusTooManyRequests):
			t = trouble{kind: code, what: where + " is too busy or out of order", fix: "it is tried again; if it lasts, see the quotas of the account and the health of the service"}
		}
		return t
	case errors.As(err, &answer) && answer.HTTPStatusCode() >= 500:
		return trouble{kind: "5xx", what: where + " is out of order", fix: "it is tried again"}
	case strings.Contains(err.Error(), "get identity"), strings.Contains(err.Error(), "credentials"):
		return trouble{kind: "credentials", slow: true, what: "no credentials for " + where, fix: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the host or container a role"}
	case errors.As(err, &network), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return trouble{kind: "network", what: "cannot reach " + where, fix: "see the network, the region and AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"}
	default:
		return trouble{kind: "call", what: "cannot call " + where, fix: "see the network, the region and AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"}
	}
}

// urgency orders errors: what needs a person first.
func urgency(err error) int {
	if (&cloudWatch{}).explain(err).slow {
		return 0
	}
	return 1
}
