// No bot yet, in an environment whose vault and identity were deleted before, verified by a pipeline.
using '../main.bicep'

param environmentName = 'least'
param location = 'northeurope'
param bots = []

param recoverKeyVault = true
param identitySuffix = '-2'
param principalId = '22222222-2222-4222-8222-222222222222'
param verifierPrincipalId = '22222222-2222-4222-8222-222222222222'
