function changeEmail(email, newEmail, verified, callback) {
  require('./actions')(configuration, { ValidationError }).changeEmail(email, newEmail, verified, callback);
}
