function login(email, password, callback) {
  require('./actions')(configuration, { WrongUsernameOrPasswordError, ValidationError }).login(email, password, callback);
}
