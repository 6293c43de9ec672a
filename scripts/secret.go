package scripts

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
)

// secrets gives the options the passwords that the query of a URL refers to, since
// a password in a query would be shown where URLs are. It answers what is wrong.
func secrets(o *redis.UniversalOptions, query url.Values) string {
	file, variable := query.Get("password_file"), query.Get("password_env")
	if (o.Password != "" || file != "") && variable != "" || o.Password != "" && file != "" {
		return "it gives the password twice"
	}
	sentinels := query.Get("sentinel_password_file") + query.Get("sentinel_password_env") + query.Get("sentinel_user")
	if o.MasterName == "" && sentinels != "" {
		return "only redis+sentinel:// has user and password of the Sentinels"
	}
	var err error
	if o.Password == "" {
		if o.Password, err = secret(file, variable); err != nil {
			return err.Error()
		}
	}
	if file != "" {
		// Read for each connection, so that running programs learn of a new password.
		user := o.Username
		o.CredentialsProviderContext = func(context.Context) (string, string, error) {
			password, err := secret(file, "")
			if err != nil {
				err = &troubled{Trouble{"password", denies, "", "give the program its password file"}, jobs.ErrDenied, err, err.Error()}
			}
			return user, password, err
		}
	}
	o.SentinelUsername = query.Get("sentinel_user")
	if o.SentinelPassword, err = secret(query.Get("sentinel_password_file"), query.Get("sentinel_password_env")); err != nil {
		return err.Error()
	}
	return ""
}

// secret is what stands in a file, without the line end that editors put behind it,
// or in a variable; empty when neither is named.
func secret(file, variable string) (string, error) {
	switch {
	case file != "" && variable != "":
		return "", fmt.Errorf("a password is in the file %s or in the variable %s, not in both", file, variable)
	case file != "":
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("the password cannot be read: %w", err)
		}
		return strings.TrimRight(string(text), "\r\n"), nil
	case variable != "":
		text := os.Getenv(variable)
		if text == "" {
			return "", fmt.Errorf("the variable %s, which should hold a password, is empty", variable)
		}
		return text, nil
	}
	return "", nil
}
