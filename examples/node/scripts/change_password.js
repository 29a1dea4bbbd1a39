function changePassword(email, newPassword, callback) {
  require('./actions')(configuration, { ValidationError }).changePassword(email, newPassword, callback);
}
